-- AlterTable
ALTER TABLE "webhook" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;


CREATE TRIGGER "count_version" BEFORE UPDATE ON "webhook" FOR EACH ROW EXECUTE FUNCTION "count_version"();
