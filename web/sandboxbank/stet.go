package sandboxbank

const (
	stetPath      = "/stet/v1.4"
	stetMixedPath = "/stet-mixed/v1.4"
)

func (s *Server) mountSTET() {}
