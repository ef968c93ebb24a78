SELECT 'secret' FROM pg_class LIMIT 1;
