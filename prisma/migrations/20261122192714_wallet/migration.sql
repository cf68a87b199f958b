-- AlterTable
ALTER TABLE "workspace" ADD COLUMN     "wallet_balance_micros" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "wallet_currency" TEXT NOT NULL DEFAULT 'USD',
ADD COLUMN     "wallet_enabled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "wallet_low_micros" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "wallet_price_micros" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "wallet_entry" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "amount_micros" BIGINT NOT NULL,
    "call_id" TEXT,
    "seconds" INTEGER,
    "note" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "wallet_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "wallet_entry_call_id_key" ON "wallet_entry"("call_id");

-- CreateIndex
CREATE INDEX "wallet_entry_workspace_id_at_id_idx" ON "wallet_entry"("workspace_id", "at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "wallet_entry" ADD CONSTRAINT "wallet_entry_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


