-- CreateTable
CREATE TABLE "workspace" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "first_message" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trunk" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "pbx_type" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "transport" TEXT NOT NULL,
    "extension" TEXT NOT NULL,
    "username" TEXT,
    "auth_id" TEXT,
    "password_encrypted" TEXT NOT NULL,
    "expiry_seconds" INTEGER NOT NULL,
    "codecs" TEXT[],
    "concurrent_call_limit" INTEGER NOT NULL,
    "agent_id" UUID,
    "active" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trunk_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "extension" (
    "id" UUID NOT NULL,
    "trunk_id" UUID NOT NULL,
    "ext" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "department" TEXT NOT NULL,
    "aliases" TEXT[],
    "enabled" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "extension_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "number" (
    "id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "digits" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "trunk_id" UUID NOT NULL,
    "agent_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "number_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "call" (
    "id" TEXT NOT NULL,
    "workspace_id" UUID NOT NULL,
    "trunk_id" UUID,
    "trunk_name" TEXT NOT NULL,
    "agent_id" UUID,
    "agent_name" TEXT,
    "channel_id" TEXT NOT NULL,
    "sip_call_id" TEXT NOT NULL,
    "caller_number" TEXT NOT NULL,
    "caller_name" TEXT NOT NULL,
    "called_number" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "offered_at" TIMESTAMPTZ(3) NOT NULL,
    "answered_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "fault" TEXT,
    "transferred_to" TEXT,

    CONSTRAINT "call_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "call_event" (
    "call_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "data" JSONB,

    CONSTRAINT "call_event_pkey" PRIMARY KEY ("call_id","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "agent_workspace_id_name_key" ON "agent"("workspace_id", "name");

-- CreateIndex
CREATE INDEX "trunk_agent_id_idx" ON "trunk"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "trunk_workspace_id_name_key" ON "trunk"("workspace_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "trunk_workspace_id_domain_port_extension_key" ON "trunk"("workspace_id", "domain", "port", "extension");

-- CreateIndex
CREATE UNIQUE INDEX "extension_trunk_id_ext_key" ON "extension"("trunk_id", "ext");

-- CreateIndex
CREATE INDEX "number_trunk_id_idx" ON "number"("trunk_id");

-- CreateIndex
CREATE INDEX "number_agent_id_idx" ON "number"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "number_workspace_id_digits_key" ON "number"("workspace_id", "digits");

-- CreateIndex
CREATE INDEX "call_workspace_id_offered_at_id_idx" ON "call"("workspace_id", "offered_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "call_trunk_id_offered_at_idx" ON "call"("trunk_id", "offered_at" DESC);

-- CreateIndex
CREATE INDEX "call_agent_id_offered_at_idx" ON "call"("agent_id", "offered_at" DESC);

-- CreateIndex
CREATE INDEX "call_ended_at_idx" ON "call"("ended_at");

-- AddForeignKey
ALTER TABLE "agent" ADD CONSTRAINT "agent_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trunk" ADD CONSTRAINT "trunk_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trunk" ADD CONSTRAINT "trunk_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "extension" ADD CONSTRAINT "extension_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "number" ADD CONSTRAINT "number_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "number" ADD CONSTRAINT "number_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "number" ADD CONSTRAINT "number_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call" ADD CONSTRAINT "call_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call" ADD CONSTRAINT "call_trunk_id_fkey" FOREIGN KEY ("trunk_id") REFERENCES "trunk"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call" ADD CONSTRAINT "call_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agent"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "call_event" ADD CONSTRAINT "call_event_call_id_fkey" FOREIGN KEY ("call_id") REFERENCES "call"("id") ON DELETE CASCADE ON UPDATE CASCADE;
