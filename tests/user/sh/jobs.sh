# Background jobs and wait.
true & wait $!; echo $?
false & wait $!; echo $?
(exit 7) & p=$!; wait $p; echo $?
{ sleep 0.2; echo later; } & echo now; wait; echo done
sleep 5 & p=$!; kill $p; wait $p; echo $?
for i in 1 2 3; do (exit $i) & pids="$pids $!"; done; for p in $pids; do wait $p; echo $?; done
wait 999999; echo $?
echo x | (sleep 0.1; cat) & wait
(sleep 0.1; exit 0) && echo and
