-- AlterTable
ALTER TABLE "trunk" ADD COLUMN     "media_encryption" TEXT NOT NULL DEFAULT 'off',
ADD COLUMN     "tls_ca_pem" TEXT,
ADD COLUMN     "tls_verify" BOOLEAN NOT NULL DEFAULT true;
