/** Prisma's CLI: where the schema and the migrations are. The controller itself never reads this. */
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // Without DATABASE_URL tools/schema-engine.mjs runs a temporary server: enough to make and to check migrations.
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://temporary/app' },
});
