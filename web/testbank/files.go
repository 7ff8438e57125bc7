package testbank

import (
	"net/http"

	"github.com/labstack/echo/v4"

	bank "passerelle/internal/testbank"
)

// filesData fills the page about configuration files.
type filesData struct {
	Grammar []bank.Record
	Example string
	// Address is where the example is, for trying it as it is.
	Address string
	States  []bank.Scenario
}

// showFiles documents configuration files. It is made of the table that the reader reads by, so that the two cannot differ.
func (s *Server) showFiles(c echo.Context) error {
	return s.show(c, http.StatusOK, "files", page{Brand: bank.BrandIntegration, Title: "Your own configuration file", Data: filesData{
		Grammar: bank.Grammar(), Example: string(bank.Files()["example.txt"]), Address: s.public.JoinPath("files/example.txt").String(),
		States: bank.Scenarios(),
	}})
}

// file hands out one of the bank's own configuration files.
func (s *Server) file(c echo.Context) error {
	raw, ok := bank.Files()[c.Param("name")]
	if !ok {
		return &bank.Refusal{Code: bank.CodeNotFound, Message: "There is no such file here."}
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", raw)
}
