package store

import "context"

// Ping says whether the store can read and write, for readiness: a read, and a transaction through the writer's queue. After
// a write that could not be stored (a full disk) it writes a mark, so that the answer turns good again when the disk does,
// even if nobody else dares to write.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.queryRow(ctx, "SELECT 1").Scan(&one); err != nil {
		return translate("store", err)
	}
	unwell := s.commits.stats.unwell.Load()
	return s.write(ctx, "store", func(ctx context.Context, tx *writeTx) error {
		if !unwell {
			return nil
		}
		_, err := tx.exec(ctx, `INSERT INTO settings (name, value) VALUES ('probe', 1)
			ON CONFLICT (name) DO UPDATE SET value = settings.value + 1`)
		return err
	})
}
