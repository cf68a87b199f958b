-- AlterTable
ALTER TABLE "workspace" ADD COLUMN     "recording_days" INTEGER;
