//! The help that teaches.

/// `tablet-agent --help`.
pub const MAIN: &str = "\
tablet-agent: runs on a lending library's tablet, resets it between loans, and proves it

usage: tablet-agent COMMAND [OPTIONS]

  enrol    give this tablet its identity, once, with a one-time code
  run      call the server, carry out its signed orders (no special rights)
  reset    carry out the order that `run` left; alone holds the key that proves it (root, no network)
  gate     whether anybody may sign in now (root, no network, changes nothing)
  mount    before the display manager: a layered home is shown, or stays hidden (root)
  doctor   what this machine can do and why not, with the next step (root)
  status   say in words where this tablet is in its life

Every command takes --help, and --root DIR: DIR then plays the tablet (tests, demo), with
DIR/home as the borrower's home. Receipts made so say `scope: directory`, and only a demo's
server takes them. Without --root the tablet is this machine.

exit codes: 0 done · 1 fault, or no answer with --once · 2 unknown words · 3 refused by a rule ·
4 the reset ended and could not be proven · 5 another one is at work
";

/// `tablet-agent enrol --help`.
pub const ENROL: &str = "\
tablet-agent enrol --qr TEXT --serial S --model M [--root DIR]
tablet-agent enrol --server URL --code CODE --fingerprint FP --serial S --model M [--root DIR]

Gives this tablet its identity. An operator's screen shows the address, a one-time code and the
fingerprint of the server's key; the serial number and model are the maker's.

  --qr TEXT           what a QR reader of any kind gave: address, code and fingerprint in one
  --server URL        https://…; http:// only for a server on this very machine
  --code CODE         good once, for one tablet, for 15 minutes
  --fingerprint FP    as the code came with; another key is refused and nothing is kept of it
  --serial S          as on the back of the tablet
  --model M           as on the back of the tablet
  --root DIR          DIR plays the tablet

Safe to repeat: after a power cut the very same request is sent again.
";

/// `tablet-agent run --help`.
pub const RUN: &str = "\
tablet-agent run [--root DIR] [--once] [--every MS]

Calls the server, shows the loan on the home screen, has the image at hand, hands signed orders to
`reset` and delivers its receipts until the server has answered. Prints a line for each thing that
happens. It may be ended at any moment: started again, it goes on.

  --root DIR    DIR plays the tablet, and `run` starts `reset --root DIR` itself; on a tablet the
                order is left in var/lib/tablet-agent/order.json, for which a path unit starts `reset`
  --once        one heartbeat and what follows from its answer, then end
  --every MS    never wait longer than this between two calls

TLS believes the authorities in /etc/ssl/certs/ca-certificates.crt, or in SSL_CERT_FILE.
";

/// `tablet-agent reset --help`.
pub const RESET: &str = "\
tablet-agent reset [--root DIR]

Takes up what `run` left and what only grows: the server's keys that followed those that were
pinned, and the word that the tablet is lost or was found. Then carries out the order in
var/lib/tablet-agent/order.json, if there is one: checks the server's signature, wipes the
home, restores it from the image, clears what a loan leaves elsewhere, reads everything again from
the disk, and signs a receipt in var/lib/tablet-reset/receipts. An interrupted reset goes on.
Reaches no network. As long as anybody uses the home, it fails and says who.
";

/// `tablet-agent gate --help`.
pub const GATE: &str = "\
tablet-agent gate [--root DIR]

Says whether anybody may sign in: only while the tablet is on loan, or ready with a receipt that
the server took. Decided from the journal of `reset` and from what the server signed, never from
what `run` says; what is missing or damaged keeps it shut. Changes nothing and reaches no network.

PAM asks it (pam_exec) for every way to sign in, and names in PAM_USER who wants to: for anybody
but `borrower` it is open, so that whoever looks after the tablet is never shut out.

exit codes: 0 open · 3 shut, with the reason · 1 fault, which PAM takes for shut, too
";

/// `tablet-agent mount --help`.
pub const MOUNT: &str = "\
tablet-agent mount [--root DIR]

Runs before the display manager. Where a unit home-borrower.mount layers the home, it is started
only if the gate is open, or if nobody has used the home since it was reset; else what somebody
left stays hidden until the reset has taken it away. Where the home lies on the disk itself,
nothing is done: the gate alone keeps it.
";

/// `tablet-agent doctor --help`.
pub const DOCTOR: &str = "\
tablet-agent doctor [--json] [--root DIR]

Looks at each thing that lending this tablet rests on: who it is, its keys and who can read them,
its records, agent.toml, policy.toml, how it is reset, the image, space, clock, the server, the
units, PAM and the gate. Says of each whether it is right, what was found, and the next step.
Changes nothing; asks the server for a connection and says nothing to it.

  --json      as one line of JSON, for a program
  --root DIR  DIR plays the tablet

exit codes: 0 this tablet can be lent · 3 it cannot as it is
";

/// `tablet-agent status --help`.
pub const STATUS: &str = "\
tablet-agent status [--json] [--root DIR]

Says where this tablet is in its life, in words. Changes nothing.

  --json      as one line of JSON, for a program; `state` is a word of heartbeats
  --root DIR  DIR plays the tablet
";
