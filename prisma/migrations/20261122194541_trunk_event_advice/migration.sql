-- AlterTable
ALTER TABLE "trunk_event" ADD COLUMN     "advice" TEXT NOT NULL DEFAULT '';
