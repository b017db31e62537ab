# File name patterns.
d=/tmp/shg$$; rm -rf $d; mkdir $d; cd $d || exit 1
touch a.c b.c ab.h .hidden 'sp ace' x1 x2 x10; mkdir sub; touch sub/f.c sub/g.c
echo *; echo *.c; echo ?.c; echo [ab].c; echo [!a].c; echo x[0-9]; echo x[0-9]*; echo .h*; echo */*.c; echo */
echo *.none '*.c' "*.c" \*.c; p='*.c'; echo $p "$p"
for f in *\ *; do echo "<$f>"; done
set -f; echo *.c; set +f; echo *.c
echo sub/[fg].c s*b/f* ./*.h
cd /; rm -rf $d
