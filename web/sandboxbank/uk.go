package sandboxbank

const (
	ukPath3 = "/uk/v3.1/aisp"
	ukPath4 = "/uk/v4.0/aisp"
)

func (s *Server) mountOpenBanking() {}
