# if, while, until, for, case, &&, ||, !, groups and subshells.
if true; then echo 1; fi
if false; then echo no; else echo 2; fi
if false; then echo no; elif true; then echo 3; else echo no; fi
if [ 1 -eq 2 ]
then echo no
elif [ a = b ]
then echo no
else
  echo 4
fi
i=0
while [ $i -lt 5 ]; do
  i=$((i + 1))
  [ $i -eq 2 ] && continue
  [ $i -eq 4 ] && break
  echo "w$i"
done
until [ $i -eq 0 ]; do i=$((i - 1)); done; echo "u$i"
for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo "$a$b"; done; done
for a in 1 2; do for b in x y; do [ $a$b = 1y ] && break 2; echo "$a$b"; done; done
for a in; do echo never; done; echo "after $?"
case abc in a) echo no ;; a*) echo c1 ;; *) echo no ;; esac
case "a b" in "a b") echo c2 ;; esac
case x in (y) echo no ;; (x|z) echo c3 ;; esac
case '*' in \*) echo c4 ;; esac
case none in a) ;; esac; echo "c5 $?"
case 7 in [0-5]) echo no ;; [[:digit:]]) echo c6 ;; esac
v='a*'; case abc in "$v") echo no ;; $v) echo c7 ;; esac
true && echo a1 || echo no; false && echo no || echo a2; false || false || echo a3
! false; echo "n$?"; ! true; echo "n$?"
{ echo g1; echo g2; }; (echo s1; exit 3); echo "s$?"
x=outer; (x=inner; echo $x); echo $x; { x=changed; }; echo $x
(cd /; pwd) ; while read l; do case $l in b) break ;; esac; echo "r$l"; done <<X
a
b
c
X
if (exit 1); then echo no; fi; echo "if $?"
false; if true; then :; fi; echo "$?"
