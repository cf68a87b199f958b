-- AlterTable
ALTER TABLE "trunk" ADD COLUMN     "brief_target" BOOLEAN NOT NULL DEFAULT false;
