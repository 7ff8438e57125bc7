package config

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// fileSuffix turns a variable's name into that of the variable which names a file with its value.
const fileSuffix = "_FILE"

// maxValueFile caps a value read from a file, in bytes.
const maxValueFile = 64 << 10

// Files is the kong resolver that gives every variable its _FILE form: for a flag with the variable PASSERELLE_X, the content
// of the file that PASSERELLE_X_FILE names, without its last line break. Both variables set is an error. A flag given on
// the command line wins over both, as kong asks resolvers only for flags that were not given.
func Files() kong.Resolver { return kong.ResolverFunc(resolveFile) }

func resolveFile(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		path, ok := os.LookupEnv(name + fileSuffix)
		if !ok {
			continue
		}
		if _, both := os.LookupEnv(name); both {
			return nil, fmt.Errorf("%s and %s are both set; unset one of them", name, name+fileSuffix)
		}
		value, err := readValue(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name+fileSuffix, err)
		}
		return value, nil
	}
	return nil, nil
}

// readValue reads a file that holds one value. Its errors name the file and never quote the content, which may be secret.
func readValue(path string) (string, error) {
	if path == "" {
		return "", fmt.Errorf("names no file; give a path or unset it")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w; give the path of a file that this program can read", err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxValueFile+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if len(content) > maxValueFile {
		return "", fmt.Errorf("%s is larger than %d bytes, so it is hardly one value", path, maxValueFile)
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", fmt.Errorf("%s is not a text file", path)
	}
	return value, nil
}
