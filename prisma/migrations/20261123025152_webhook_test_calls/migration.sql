-- Test calls are no calls of customers: nobody is told of them who does not ask for it.
ALTER TABLE "webhook" ADD COLUMN "test_calls" BOOLEAN NOT NULL DEFAULT false;
