package grant

import (
	"context"
	"fmt"
	"slices"
)

// AllowOrigin lets the pages of an origin frame a client application's visits. One that may already changes nothing.
func (s *Service) AllowOrigin(ctx context.Context, id int64, origin string) error {
	return s.changeOrigins(ctx, id, func(all []string) []string {
		if slices.Contains(all, origin) {
			return all
		}
		return append(slices.Clone(all), origin)
	})
}

// DisallowOrigin takes an origin from the list, by its exact text. Visits under way are no longer framed by it, since each page says
// anew who may.
func (s *Service) DisallowOrigin(ctx context.Context, id int64, origin string) error {
	return s.changeOrigins(ctx, id, func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(o string) bool { return o == origin })
	})
}

func (s *Service) changeOrigins(ctx context.Context, id int64, change func([]string) []string) error {
	_, err := s.Store.ChangeClient(ctx, id, func(c *Client) error {
		c.Options.AllowedOrigins = change(c.Options.AllowedOrigins)
		return c.Options.check()
	})
	if err != nil {
		return fmt.Errorf("change the allowed origins: %w", storeFault(err))
	}
	return nil
}
