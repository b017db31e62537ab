# Functions: arguments, return, local, recursion, redefinition.
f() { echo "f $# $1 $2"; }
f a b; f; f "x y"
g() { return 5; echo never; }
g; echo $?
h() { false; }
h; echo $?
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
fact 10
l() { local v=inner w; echo "$v [$w]"; v=changed; }
v=outer; w=kept; l; echo $v $w
set -- p q; f z; echo $1 $2
f() { echo new; }
f; f | cat; echo $(f)
k() { echo in k; k() { echo redefined; }; }
k; k
r() { echo out; echo err >&2; } 2>/dev/null
r
m() (x=sub; exit 4)
x=main; m; echo $? $x
unset -f f; f 2>/dev/null; echo $?
loop() { for i in 1 2 3; do [ $i = 2 ] && return 9; echo $i; done; }
loop; echo $?
n() { echo $1; [ $# -gt 1 ] && { shift; n "$@"; }; return 0; }
n 1 2 3
t() { echo "[$T]"; }; T=once t; echo "[$T]"
