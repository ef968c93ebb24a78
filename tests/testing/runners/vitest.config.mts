export default {
  root: import.meta.dirname,
  cacheDir: process.env.VITEST_CACHE,
  test: { include: ["suite.ts"], globals: true, watch: false },
};
