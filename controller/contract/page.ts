/** Lists come in pages: `?limit=` and, from the page before, `?cursor=`. */
import { z } from 'zod';

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  /** `nextCursor` of the page before */
  cursor: z.string().max(500).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** What a search field sends: found anywhere in the text, letters of either case. */
export const SearchText = z.string().trim().max(100);

/** `nextCursor`: null on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export type Page<T> = { items: T[]; nextCursor: string | null };
