package layout

import "testing"

func TestErrandAndLeaveHaveWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		errand Errand
		leave  Leave
		says   string
		leaves string
	}{
		{ErrandConnect, LeaveCancel, "frame.through", "frame.cancel"},
		{ErrandReconnect, LeaveStep, "frame.reconnects", "frame.leave_step"},
		{ErrandRenew, LeaveClose, "frame.renews", "frame.close"},
		{ErrandManage, LeaveReturn, "frame.manages", "action.return"},
		{"unknown", "unknown", "frame.through", "frame.cancel"},
	} {
		b := Base{Errand: c.errand, Leave: c.leave} // without a translator a message is its id
		if got := b.errandText(); got != c.says {
			t.Errorf("errand %q: %s, want %s", c.errand, got, c.says)
		}
		if got := b.leaveText(); got != c.leaves {
			t.Errorf("leave %q: %s, want %s", c.leave, got, c.leaves)
		}
	}
}
