package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	_ "modernc.org/sqlite" // the driver
)

// flow holds what the bare flow needs.
type flow struct {
	w      *batcher
	read   *sql.DB
	find   *sql.Stmt
	list   *sql.Stmt
	aead   cipher.AEAD
	client [32]byte
}

const schema = `
CREATE TABLE IF NOT EXISTS connections (id TEXT PRIMARY KEY, sealed BLOB NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, connection_id TEXT NOT NULL, name TEXT, iban TEXT, balance TEXT);
CREATE INDEX IF NOT EXISTS accounts_connection ON accounts (connection_id);
CREATE TABLE IF NOT EXISTS codes (id TEXT PRIMARY KEY, hash BLOB NOT NULL, connection_id TEXT NOT NULL, expires INTEGER NOT NULL, consumed INTEGER);
CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, hash BLOB NOT NULL, connection_id TEXT NOT NULL);`

func newFlow(path string) (*flow, error) {
	dsn := "file:" + path + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)" +
		"&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(4000)"
	write, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	ctx := context.Background()
	if _, err := write.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	read, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(4)
	f := &flow{read: read, w: newBatcher(write), client: sha256.Sum256([]byte("secret"))}
	if f.find, err = read.PrepareContext(ctx, `SELECT hash, connection_id FROM tokens WHERE id = $1`); err != nil {
		return nil, err
	}
	if f.list, err = read.PrepareContext(ctx, `SELECT id, name, iban, balance FROM accounts WHERE connection_id = $1`); err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	f.aead, err = cipher.NewGCMWithRandomNonce(block)
	return f, err
}

// pair makes a public id and the secret behind it, as text, with the hash.
func pair() (id, text string, hash [32]byte) {
	id = uuid.Must(uuid.NewV7()).String()
	var b [32]byte
	_, _ = rand.Read(b[:])
	text = id + "." + base64.RawURLEncoding.EncodeToString(b[:])
	return id, text, sha256.Sum256([]byte(text))
}

// credentials seals what was typed and stores connection, accounts and code in one durable commit.
func (f *flow) credentials(c echo.Context) error {
	login, password := c.FormValue("login"), c.FormValue("password")
	connection := uuid.Must(uuid.NewV7()).String()
	sealed := f.aead.Seal(nil, nil, []byte(login+"\x00"+password), []byte(connection))
	id, text, hash := pair()
	now := time.Now()
	err := f.w.do(func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO connections VALUES ($1, $2, $3)`, connection, sealed, now.Unix()); err != nil {
			return err
		}
		for i := range 3 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (connection_id, name, iban, balance) VALUES ($1, $2, $3, $4)`,
				connection, fmt.Sprintf("Account %d", i), "FR7600000000000000000000000", "1234.56"); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO codes VALUES ($1, $2, $3, $4, NULL)`, id, hash[:], connection, now.Add(5*time.Minute).Unix())
		return err
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/done?code="+text)
}

// token spends a code by one conditional statement and stores the token in the same commit.
func (f *flow) token(c echo.Context) error {
	if sha256.Sum256([]byte(c.FormValue("client_secret"))) != f.client {
		return c.String(http.StatusUnauthorized, "client")
	}
	code := c.FormValue("code")
	codeID, _, _ := strings.Cut(code, ".")
	presented := sha256.Sum256([]byte(code))
	id, text, hash := pair()
	now := time.Now().Unix()
	err := f.w.do(func(ctx context.Context, tx *sql.Tx) error {
		var connection string
		if err := tx.QueryRowContext(ctx, `UPDATE codes SET consumed = $1 WHERE id = $2 AND hash = $3 AND consumed IS NULL AND expires > $1
			RETURNING connection_id`, now, codeID, presented[:]).Scan(&connection); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens VALUES ($1, $2, $3)`, id, hash[:], connection)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return c.String(http.StatusBadRequest, "invalid_grant")
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"access_token": text, "token_type": "Bearer"})
}

type account struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	IBAN    string `json:"iban"`
	Balance string `json:"balance"`
}

// accountsOf lists a connection's accounts.
func (f *flow) accountsOf(ctx context.Context, connection string) ([]account, error) {
	rows, err := f.list.QueryContext(ctx, connection)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := make([]account, 0, 4)
	for rows.Next() {
		var a account
		if err := rows.Scan(&a.ID, &a.Name, &a.IBAN, &a.Balance); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// accounts checks the token and lists: two queries.
func (f *flow) accounts(c echo.Context) error {
	text := strings.TrimPrefix(c.Request().Header.Get("Authorization"), "Bearer ")
	id, _, _ := strings.Cut(text, ".")
	var stored []byte
	var connection string
	ctx := c.Request().Context()
	presented := sha256.Sum256([]byte(text))
	if err := f.find.QueryRowContext(ctx, id).Scan(&stored, &connection); err != nil || string(stored) != string(presented[:]) {
		return c.String(http.StatusUnauthorized, "token")
	}
	out, err := f.accountsOf(ctx, connection)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"accounts": out})
}
