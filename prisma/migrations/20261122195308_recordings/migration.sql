-- CreateTable
CREATE TABLE "recording" (
    "call_id" TEXT NOT NULL,
    "file" TEXT NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL,
    "bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "recording_pkey" PRIMARY KEY ("call_id")
);

-- AddForeignKey
ALTER TABLE "recording" ADD CONSTRAINT "recording_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "call"("id") ON DELETE CASCADE ON UPDATE CASCADE;
