# set -e, -u, -x, exit, traps, exit statuses.
(set -e; false; echo never); echo "e$?"
(set -e; if false; then :; fi; false || true; ! true; false && true; echo lives); echo "e$?"
(set -e; f() { false; echo never; }; f; echo never); echo "e$?"
(set -e; (exit 3); echo never); echo "e$?"
(set -u; echo "$unset_thing"; echo never) 2>/dev/null; echo "u$?"
(set -u; echo "${unset_thing-ok}"); echo "u$?"
(set -x; v=1; echo traced "a b") 2>&1
(exit 300); echo "x$?"; (exit); echo "x$?"
nosuchcommand_x 2>/dev/null; echo "127=$?"
/etc 2>/dev/null; echo "126=$?"
(trap 'echo bye $?' EXIT; echo work; exit 3); echo "t$?"
sh -c 'kill -TERM $$'; echo "sig$?"
sh -c 'kill -KILL $$'; echo "sig$?"
sh -c 'echo "$0 $1 $2"' name a b
sh -c 'exit 4'; echo "c$?"
eval 'echo ev; x=5'; echo $x
echo 'echo sourced $1; return 6; echo never' > /tmp/shs$$; . /tmp/shs$$ ; echo "d$?"; rm /tmp/shs$$
true; : ; echo "z$?"
command -v echo >/dev/null && echo found; command -v nosuch_zz || echo missing
umask 022; umask
set -- a b; set -- "$@" c; echo $# $*
exec 5>&1; echo via5 >&5
(exec echo replaced; echo never)
sh -c 'trap "echo usr" USR1; kill -USR1 $$; echo after'
sh -c 'trap "" TERM; kill -TERM $$; echo ignored'
