-- CreateTable
CREATE TABLE "trunk_state" (
    "trunk_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,

    CONSTRAINT "trunk_state_pkey" PRIMARY KEY ("trunk_id","at")
);

-- AddForeignKey
ALTER TABLE "trunk_state" ADD CONSTRAINT "trunk_state_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The few lines of timelines that tell how a transfer went: the dashboard counts them.
CREATE INDEX "call_event_transfer_result" ON "call_event" ("at") WHERE "kind" = 'transfer result';
