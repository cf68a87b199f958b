-- AlterTable
ALTER TABLE "call" ADD COLUMN     "is_test" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "trunk" ADD COLUMN     "allow_any_extension" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "allow_outside_transfers" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "transfer_mode" TEXT NOT NULL DEFAULT 'refer',
ADD COLUMN     "transfer_support" JSONB;

-- CreateTable
CREATE TABLE "trunk_event" (
    "id" UUID NOT NULL,
    "trunk_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "problem" TEXT NOT NULL,
    "detail" TEXT NOT NULL,

    CONSTRAINT "trunk_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trunk_validation" (
    "trunk_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "report" JSONB NOT NULL,

    CONSTRAINT "trunk_validation_pkey" PRIMARY KEY ("trunk_id")
);

-- CreateIndex
CREATE INDEX "trunk_event_trunk_id_at_idx" ON "trunk_event"("trunk_id", "at" DESC);

-- CreateIndex
CREATE INDEX "trunk_event_at_idx" ON "trunk_event"("at");

-- AddForeignKey
ALTER TABLE "trunk_event" ADD CONSTRAINT "trunk_event_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trunk_validation" ADD CONSTRAINT "trunk_validation_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE CASCADE ON UPDATE CASCADE;


