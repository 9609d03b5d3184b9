// Package sqlite reads databases that other programs wrote, for sources whose dumps are such databases.
//
// Invariants:
//   - A database is opened read-only and immutable: nothing is written beside it. When a write-ahead log lies
//     beside it, which may hold the newest rows, both are copied and the copy is read.
//   - Its schema is not trusted: only ordinary tables are read, never views, virtual tables or generated columns,
//     with triggers and functions of the schema switched off.
//   - A value is what is stored, whatever its column is declared to be, and at most MaxValue long.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/mattn/go-sqlite3"
)

// Limits of a database.
const (
	MaxValue   = 32 << 20 // bytes of one value or row
	maxColumns = 500
	maxTables  = 5000
)

// Magic begins every database file.
const Magic = "SQLite format 3\x00"

// Is tells whether a file is a database.
func Is(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(Magic))
	_, err = io.ReadFull(f, head)
	st, serr := f.Stat()
	return err == nil && serr == nil && st.Mode().IsRegular() && string(head) == Magic
}

// DB is an open database.
type DB struct {
	name   string
	db     *sql.DB
	copied string // folder of the copy, when there is one
	tables map[string]*Table
	names  []string
}

// Table is an ordinary table of a database.
type Table struct {
	Name    string
	Columns []string
	Indexed map[string]bool // columns that are the key or begin an index
}

// Has tells whether the table has a column.
func (t *Table) Has(column string) bool {
	for _, c := range t.Columns {
		if c == column {
			return true
		}
	}
	return false
}

type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.drv }

// harden limits what a database can make its reader do.
func harden(c *sqlite3.SQLiteConn) error {
	c.SetLimit(sqlite3.SQLITE_LIMIT_LENGTH, MaxValue)
	c.SetLimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
	c.SetLimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
	for _, p := range []string{"trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0", "cache_size=-8192", "temp_store=MEMORY"} {
		if _, err := c.Exec("PRAGMA "+p, nil); err != nil {
			return err
		}
	}
	return nil
}

// Open opens a database. A copy, where one is needed, goes into a folder of its own in tmp.
func Open(ctx context.Context, path, tmp string) (*DB, error) {
	d := &DB{name: filepath.Base(path), tables: map[string]*Table{}}
	mode := "mode=ro&immutable=1"
	if st, err := os.Stat(path + "-wal"); err == nil && st.Mode().IsRegular() && st.Size() > 0 {
		copied, err := d.copy(path, tmp)
		if err != nil {
			d.Close()
			return nil, fault.New(fault.Storage, "copy", d.name, "check that the temporary folder can be written and has room for the database", err)
		}
		path, mode = copied, "mode=rw"
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d.db = sql.OpenDB(connector{(&url.URL{Scheme: "file", OmitHost: true, Path: abs, RawQuery: mode}).String(), &sqlite3.SQLiteDriver{ConnectHook: harden}})
	d.db.SetMaxOpenConns(8)
	if err := d.load(ctx); err != nil {
		d.Close()
		return nil, fault.New(fault.Corrupt, "open", d.name, "copy the database again while the program that writes it is closed", err)
	}
	return d, nil
}

func (d *DB) copy(path, tmp string) (string, error) {
	var err error
	if d.copied, err = os.MkdirTemp(tmp, "database-*"); err != nil {
		return "", err
	}
	to := filepath.Join(d.copied, "copy.db")
	return to, errors.Join(copyFile(path, to), copyFile(path+"-wal", to+"-wal"))
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// Close closes the database and removes its copy.
func (d *DB) Close() error {
	var err error
	if d.db != nil {
		err = d.db.Close()
	}
	if d.copied != "" {
		err = errors.Join(err, os.RemoveAll(d.copied))
	}
	return err
}

// load lists the tables.
func (d *DB) load(ctx context.Context) error {
	rows, err := d.db.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND typeof(name) = 'text' AND length(name) < 200
		AND rootpage > 0 AND substr(sql, 1, 12) = 'CREATE TABLE' ORDER BY name LIMIT ?`, maxTables)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		d.names = append(d.names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range d.names {
		if err := d.columns(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) columns(ctx context.Context, name string) error {
	t := &Table{Name: name, Indexed: map[string]bool{}}
	rows, err := d.db.QueryContext(ctx, `SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0 LIMIT ?`, name, maxColumns)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		var key int
		if err := rows.Scan(&column, &key); err != nil {
			return err
		}
		t.Columns = append(t.Columns, column)
		t.Indexed[column] = key == 1
	}
	d.tables[name] = t
	return rows.Err()
}

// Tables are the names of all ordinary tables, sorted.
func (d *DB) Tables() []string { return d.names }

// Table finds a table; nil when there is no ordinary table of that name with these columns.
func (d *DB) Table(name string, columns ...string) *Table {
	t := d.tables[name]
	for _, c := range columns {
		if t != nil && !t.Has(c) {
			return nil
		}
	}
	return t
}

// Session is one connection. Its methods are for one goroutine; queries may be nested.
type Session struct {
	d *DB
	c *sql.Conn
}

// Session takes a connection, and waits while too many are in use.
func (d *DB) Session(ctx context.Context) (*Session, error) {
	c, err := d.db.Conn(ctx)
	return &Session{d, c}, err
}

// Close gives the connection back.
func (s *Session) Close() error { return s.c.Close() }

// Row is one row of a table. A value is nil, int64, float64, string or []byte.
type Row struct {
	Table *Table
	vals  []any
	taken []bool
}

// Each yields the rows of a table for which where holds, a condition of ours that names columns by Column. rest
// may order and limit them. The row is valid until f returns.
func (s *Session) Each(ctx context.Context, t *Table, where, rest string, f func(*Row) error, args ...any) error {
	var q strings.Builder
	q.WriteString("SELECT ")
	for i, c := range t.Columns {
		if i > 0 {
			q.WriteString(", ")
		}
		q.WriteString("+" + Column(c)) // without the plus the driver converts by the declared type
	}
	fmt.Fprintf(&q, " FROM %s WHERE %s %s", Column(t.Name), where, rest)
	rows, err := s.c.QueryContext(ctx, q.String(), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := Row{Table: t, vals: make([]any, len(t.Columns)), taken: make([]bool, len(t.Columns))}
	into := make([]any, len(t.Columns))
	for i := range into {
		into[i] = &r.vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		clear(r.taken)
		if err := f(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Query yields the rows of a statement of ours.
func (s *Session) Query(ctx context.Context, statement string, f func(scan func(...any) error) error, args ...any) error {
	rows, err := s.c.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Column is a name as it stands in a statement.
func Column(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// TooBig tells whether an error means that a value is longer than MaxValue.
func TooBig(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrTooBig
}

// Damaged tells whether an error means that the database's own pages are damaged.
func Damaged(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB || e.Code == sqlite3.ErrIoErr)
}
