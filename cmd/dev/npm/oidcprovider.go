package npm

import (
	"context"
	_ "embed" // package.json and package-lock.json
	"path/filepath"
)

// What oidc-provider is made of.
var (
	//go:embed oidcprovider/package.json
	providerManifest []byte
	//go:embed oidcprovider/package-lock.json
	providerLock []byte
)

// OIDCProvider returns the folder of oidc-provider below folder, the cache: the authorization server that the FAPI client is tested
// against. It is fetched with the given npm program when it is not there yet, as Newman is.
func OIDCProvider(ctx context.Context, program, folder string) (string, error) {
	file, err := locked(ctx, program, filepath.Join(folder, "oidcprovider"), pinned{
		name: "oidc-provider", manifest: providerManifest, lock: providerLock, file: "oidc-provider/lib/index.js",
	})
	return filepath.Dir(filepath.Dir(file)), err
}
