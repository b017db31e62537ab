# Errors of syntax give status 2 and say so; what stands before them runs.
sh -c 'echo before
if then' 2>/dev/null; echo $?
sh -c 'echo "unclosed' 2>/dev/null; echo $?
sh -c 'for' 2>/dev/null; echo $?
sh -c '(echo a' 2>/dev/null; echo $?
sh -c 'echo a; ; echo b' 2>/dev/null; echo $?
sh -c 'case x in' 2>/dev/null; echo $?
sh -c '}' 2>/dev/null; echo $?
sh -c 'echo a |' 2>/dev/null; echo $?
sh -c 'echo $(' 2>/dev/null; echo $?
sh -c 'echo ${x' 2>/dev/null; echo $?
sh -c '' ; echo $?
sh -c '# only a comment'; echo $?
sh /nonexistent_script 2>/dev/null; echo $?
echo 'echo line1
echo line2; exit 3' | sh; echo $?
printf 'read x; echo "x=$x"\ninput\necho end\n' | sh
printf 'echo\0never\n' > /tmp/shx$$; sh /tmp/shx$$ 2>/dev/null; echo "b$?"; rm /tmp/shx$$
