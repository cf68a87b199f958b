-- AlterTable
ALTER TABLE "trunk" ADD COLUMN     "allowed_addresses" TEXT[],
ADD COLUMN     "authentication" TEXT,
ADD COLUMN     "connection_type" TEXT NOT NULL DEFAULT 'extension',
ADD COLUMN     "old_password_encrypted" TEXT,
ADD COLUMN     "old_password_until" TIMESTAMPTZ(3),
ADD COLUMN     "password_changed_at" TIMESTAMPTZ(3),
ADD COLUMN     "registrar_username" TEXT,
ALTER COLUMN "extension" DROP NOT NULL,
ALTER COLUMN "expiry_seconds" SET DEFAULT 600;

-- a row has what its type needs
ALTER TABLE "trunk" ADD CONSTRAINT "trunk_connection_type_check" CHECK (
  ("connection_type" = 'extension' AND "extension" IS NOT NULL)
  OR ("connection_type" = 'sip-trunk' AND "authentication" IS NOT NULL AND "registrar_username" IS NOT NULL
    AND "password_changed_at" IS NOT NULL)
);

-- CreateIndex
CREATE UNIQUE INDEX "trunk_registrar_username_key" ON "trunk"("registrar_username");
