-- CreateTable
CREATE TABLE "sip_message" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "sip_call_id" TEXT NOT NULL,
    "is_register" BOOLEAN NOT NULL,
    "account" TEXT,
    "is_sent" BOOLEAN NOT NULL,
    "transport" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "destination" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,

    CONSTRAINT "sip_message_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sip_message_sip_call_id_id_idx" ON "sip_message"("sip_call_id", "id");

-- CreateIndex
CREATE INDEX "sip_message_account_id_idx" ON "sip_message"("account", "id");

-- CreateIndex
CREATE INDEX "sip_message_is_register_id_idx" ON "sip_message"("is_register", "id");


