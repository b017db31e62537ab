# Parameters: defaults, lengths, trimming, positions.
unset u; e=; v=value
echo "1:${u-def} ${u:-def} ${e-def} ${e:-def} ${v-def} ${v:-def}"
echo "2:${u+alt} ${e+alt} ${e:+alt} ${v:+alt}"
echo "3:${u=set} $u ${e:=filled} $e"
echo "4:${#v} ${#u} ${#e}"
p=/usr/local/lib/libx.so.1
echo "5:${p#*/} ${p##*/} ${p%/*} ${p%%/*} ${p%.*} ${p%%.*} ${p#nomatch}"
star='a*c'; echo "6:${star#a\*} ${star%"*c"}"
set -- one "two three" four
echo "7:$# $1 $2 $3 ${1}x [$4]"
for a in "$@"; do echo "8:<$a>"; done
for a in $*; do echo "9:<$a>"; done
for a in "$*"; do echo "10:<$a>"; done
for a in "x$@y"; do echo "11:<$a>"; done
shift; echo "12:$# $1"
shift 2; echo "13:$# [$1]"
for a in "$@"; do echo never; done
set --; for a in "$@" end; do echo "14:<$a>"; done
IFS=:; list=a:b::c; for a in $list; do echo "15:<$a>"; done
unset IFS; list="  a   b  "; for a in $list; do echo "16:<$a>"; done
echo "17:${u:-a b}" ${nothing:-a   b} "${nothing:-"q  r"}"
echo "18:$(echo a; echo b)" $(echo c; echo d)
echo 19:~/x "~" a~
HOME=/home/z; echo 20:~/y
a=1 b=2; echo "21:$a$b ${a}0"
set a b c d e f g h i j k; echo "22:${11} $11"
echo "23:$?"; false; echo "24:$?"
n=$nothing; echo "25:[$n]" $nothing x
