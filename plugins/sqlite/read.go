package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

// Read implements edition.Reader.
func (f *format) Read(ctx context.Context, in *edition.Reading, yield func(*message.Record) error) error {
	file, err := in.Open(fileName) // proves that it is a regular file of the edition
	if err != nil {
		return err
	}
	defer file.Close()
	db, err := openFile(file)
	if err != nil {
		return edition.Damaged(fileName, err)
	}
	defer db.Close()
	if err := f.sameSchema(ctx, db); err != nil {
		return edition.Damaged(fileName, err)
	}
	wrong := f.sound(ctx, db)
	err = f.schema.Read(ctx, in, func(t *table.Table) (table.Cursor, error) { return query(ctx, db, t) }, yield)
	if err == nil && wrong != nil {
		err = plugin.Damage(fileName, wrong)
	}
	return err
}

// openFile opens a database that nobody changes, and that may be anybody's: nothing in its schema is run.
func openFile(f *os.File) (*sql.DB, error) {
	db, err := connect(f.Name(), "mode=ro&immutable=1&_cache_size=-4000")
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec("PRAGMA trusted_schema = OFF"); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// definitions are everything in a database's schema.
func definitions(ctx context.Context, db *sql.DB) (list []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema LIMIT 1000")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var x [4]string
		if err := rows.Scan(&x[0], &x[1], &x[2], &x[3]); err != nil {
			return nil, err
		}
		list = append(list, strings.Join(x[:], "\x00"))
	}
	return list, rows.Err()
}

// sameSchema compares the schema with that of an empty database made today.
func (f *format) sameSchema(ctx context.Context, db *sql.DB) error {
	fresh, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		return err
	}
	defer fresh.Close()
	fresh.SetMaxOpenConns(1)
	for _, q := range append(f.before(), after...) {
		if _, err := fresh.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	want, err := definitions(ctx, fresh)
	if err != nil {
		return err
	}
	got, err := definitions(ctx, db)
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return errors.New("its tables, views or indexes are not those of this sink and its settings")
	}
	return nil
}

// sound has SQLite prove pages, indexes and references, and compares what the database says of itself.
func (f *format) sound(ctx context.Context, db *sql.DB) error {
	for _, x := range []struct{ query, want string }{
		{"PRAGMA application_id", fmt.Sprint(applicationID)},
		{"PRAGMA user_version", fmt.Sprint(userVersion)},
		{"PRAGMA integrity_check(1)", "ok"},
		{"SELECT count(*) FROM pragma_foreign_key_check", "0"},
		{"SELECT count(*) FROM about", fmt.Sprint(len(f.about()))},
	} {
		var got string
		if err := db.QueryRowContext(ctx, x.query).Scan(&got); err != nil || got != x.want {
			return errors.Join(fmt.Errorf("%s does not give %s", x.query, x.want), err)
		}
	}
	for _, kv := range f.about() {
		var got string
		if err := db.QueryRowContext(ctx, "SELECT value FROM about WHERE name = ?", kv[0]).Scan(&got); err != nil || got != kv[1] {
			return errors.New("the table about says something else")
		}
	}
	return nil
}

// cursor walks a table in the order in which it was written.
type cursor struct {
	t    *table.Table
	rows *sql.Rows
	row  []table.Cell
	dest []any
	vals []any
}

func query(ctx context.Context, db *sql.DB, t *table.Table) (*cursor, error) {
	order := "rowid"
	if t.Parent != "" {
		order = strings.Join(t.Key, ", ")
	}
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+t.Name+" ORDER BY "+order)
	if err != nil {
		return nil, edition.Damaged(fileName, err)
	}
	c := &cursor{t: t, rows: rows, row: make([]table.Cell, len(t.Columns)), vals: make([]any, len(t.Columns))}
	for i := range c.vals {
		c.dest = append(c.dest, &c.vals[i])
	}
	return c, nil
}

// Next implements table.Cursor.
func (c *cursor) Next() ([]table.Cell, error) {
	if !c.rows.Next() {
		if err := c.rows.Err(); err != nil {
			return nil, edition.Damaged(fileName, err)
		}
		return nil, nil
	}
	if err := c.rows.Scan(c.dest...); err != nil {
		return nil, edition.Damaged(fileName, err)
	}
	for i, col := range c.t.Columns {
		number := col.Type == table.Int || col.Type == table.Bool
		switch v := c.vals[i].(type) {
		case nil:
			c.row[i] = table.Cell{}
			if zero(col) {
				return nil, fmt.Errorf("%w: %s is NULL", table.ErrRow, col.Name)
			}
		case int64:
			if c.row[i] = (table.Cell{Set: true, Int: v}); v == 0 && zero(col) {
				c.row[i] = table.Cell{}
			}
			if !number {
				return nil, fmt.Errorf("%w: %s has a number", table.ErrRow, col.Name)
			}
		case string:
			c.row[i] = table.Cell{Set: true, Text: v}
			if number {
				return nil, fmt.Errorf("%w: %s has a text", table.ErrRow, col.Name)
			}
		default:
			return nil, fmt.Errorf("%w: %s has a value of another type", table.ErrRow, col.Name)
		}
	}
	return c.row, nil
}

// Close implements table.Cursor.
func (c *cursor) Close() error { return c.rows.Close() }
