# The tools, on files of their own.
d=/tmp/sht$$; rm -rf $d; mkdir $d; cd $d || exit 1
printf 'b 2\na 10\nc 1\na 10\n' > f
sort f; sort -n -k 2 f | uniq -c; sort -ru f; sort -n f | head -n 1
cut -d' ' -f2 f | tr '\n' ,; echo; cut -c1 f | tr -d '\n'; echo; echo a,b,c,d | cut -d, -f1,3-
head -n 1 f; tail -n 1 f; tail -n +3 f; head -c 3 f; tail -c 3 f
wc f; wc -l < f; printf 'no newline' | wc -c
grep -n 'a *1' f; grep -E '^(b|c) [0-9]+$' f; grep -c a f; grep -v a f; grep -q zz f; echo "g$?"
echo aab | grep -oE 'a{2}'; echo 'foo.bar' | grep -F o.b; echo Hello | grep -i hEL; echo 'x+y' | grep 'x+y'
echo 'word boundary' | grep -w bound || echo none; echo 'a|b' | grep 'a\|z'; echo abcabc | grep -E '^(abc)+$'
echo ab12 | grep -oE '[[:alpha:]]+|[0-9]+'; echo '[x]' | grep '\[x\]'; echo 'tab	x' | grep -E '\s'; grep '(' f; echo "g$?"
printf '1\n2\n3\n4\n5\n' | grep -A 1 -B 1 3; printf 'x\ny\nx\n' | grep -m 1 -n x; grep -E 'a(' f 2>/dev/null; echo "g$?"
seq 3 | xargs echo x; echo a b c | xargs -n 2 echo; printf 'p q\nr' | xargs -n 1; echo | xargs -r echo never
mkdir -p a/b/c; touch a/1 a/b/2; find a; find a -type f; find a -name '[12]' -maxdepth 1; find . -name 2 -delete; ls a/b
ls -a; ls -d a; ls -F a; ls nosuch 2>/dev/null; echo "l$?"; chmod 640 f; ls -l f | cut -c1-10
cp f g; cmp f g && echo same; cp -r a z; ls z; mv g h; ls h g 2>/dev/null; mv h z; ls z; rm -r z; rm nosuch 2>/dev/null; echo "r$?"
rm -f nosuch; echo "r$?"; rmdir a 2>/dev/null; echo "r$?"; rm -rf a; cp nosuch x 2>/dev/null; echo "c$?"
echo abc | tr a-c A-C; echo aabbcc | tr -s a-b; echo 'a1b2' | tr -cd '[:digit:]'; echo; echo hello | tee t1 t2 | cat; cmp t1 t2; echo "m$?"
cmp f t1 >/dev/null; echo "m$?"; cat f t1 - < t2 | tail -n 2; cat nosuch 2>/dev/null; echo "c$?"
date -d @86399 '+%F %T %j %a'; date -d @951868800 +%F; basename /x/y.c .c; basename /x/; dirname /x/y; dirname y
printf '%05.2f|%-5s|%x|%o|%c|%%|%5d|%e\n' 3.14159 ab 255 8 z 42 12345.678; printf '%s,' a b c; printf '\n'; printf '%b' 'q\tr\n'
printf '%d\n' 0x10 "'A"; printf 'x\n%d\n' abc 2>/dev/null; echo "p$?"; echo -n no; echo -e 'a\tb\x41\0101'; echo -E 'a\t'
test -f f && test -d . && test ! -e nosuch && test 3 -gt 2 -a b = b && echo t; [ "" ]; echo "t$?"; [ a -eq b ] 2>/dev/null; echo "t$?"
env -i A=b env; env X=1 printenv X; env nosuchprogram_x 2>/dev/null; echo "e$?"; printenv NOSUCH_VAR; echo "e$?"
seq 2 2 8 | tr '\n' ' '; seq 3 -1 1 | tr '\n' ' '; seq 5 4; echo; yes no | head -n 2
dd if=f of=o bs=4 count=2 2>/dev/null; wc -c o; dd if=f bs=1 skip=2 count=1 2>/dev/null; echo; hexdump f
sleep 0.01; sleep x 2>/dev/null; echo "s$?"; true; echo "b$?"; false; echo "b$?"; kill -0 $$; echo "k$?"; kill -l | head -n 2
stat f | grep -o 'Size: [0-9]*'; uname -m; cat --help | head -n 1; ls --nosuch 2>/dev/null; echo "u$?"; time true 2>/dev/null; nproc > n; [ -s n ] && echo cpu
which sh > w; [ -s w ] && echo which; id -u > i; [ -s i ] && echo id; mount > /dev/null 2>&1; pwd | cmp - w > /dev/null 2>&1; echo "w$?"
cd /; rm -rf $d
