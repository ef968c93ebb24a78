-- Every route in turn: wrk -s routes.lua URL -- ROUTES
local requests, last = {}, 0

function init(args)
  for i = 1, tonumber(args[1]) do
    requests[i] = wrk.format(nil, "/r" .. (i - 1) .. "/world")
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end
