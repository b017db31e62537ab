# Pipes, redirections, here-documents, command substitution of statuses.
d=$(mktemp_dir=/tmp/shr$$; rm -rf $mktemp_dir; mkdir $mktemp_dir; echo $mktemp_dir)
cd $d || exit 1
echo one > f; echo two >> f; cat f; cat < f | tail -n 1
echo err >&2 2>g; { echo o; echo e >&2; } > out 2> err; cat out err
{ echo both; echo too >&2; } > all 2>&1; cat all
{ echo x >&2; } 2>&1 >/dev/null | cat
cat <<EOF
value $((1+1)) $(echo sub) \$escaped "quotes"
EOF
cat <<'EOF'
no $expansion `here`
EOF
	cat <<-EOF
	tabs
		gone
	EOF
cat <<A; cat <<B
first
A
second
B
while read a b; do echo "$b-$a"; done <<EOF
1 2 3
4 5
EOF
exec 3> three; echo to three >&3; exec 3>&-; cat three
exec 4< three; read line <&4; echo "got $line"; exec 4<&-
echo data | { read v; echo "v=$v"; }
echo a | cat | cat | cat
false | true; echo "p$?"; true | false; echo "p$?"
printf '1\n2\n3\n' | while read n; do echo "n$n"; done | tr n m
x=$(false); echo "s$?"; x=$(exit 7); echo "s$?"; y=val x=$(true); echo "s$? $y"
: > empty; cat empty; [ -s empty ] || echo empty
cat nosuchfile 2>/dev/null; echo "c$?"
{ cat < nosuchfile; } 2>/dev/null; echo "r$?"
{ echo to closed >&9; } 2>/dev/null; echo "k$?"
read a < f; echo "$a"; IFS=: read a b c <<EOF
x:y:z:w
EOF
echo "$a $b $c"
read -r raw <<'EOF'
back\slash
EOF
echo "$raw"
for i in 1 2 3; do echo $i; done > loop; cat loop
if true; then echo in if; fi > iff; cat iff
(echo sub; echo shell) > s; cat s
echo "$(cat f)" | wc -l | tr -d ' '
cd /; rm -rf $d
