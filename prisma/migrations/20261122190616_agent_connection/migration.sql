-- AlterTable
ALTER TABLE "agent" ADD COLUMN     "connection" JSONB,
ADD COLUMN     "secrets_encrypted" TEXT;
