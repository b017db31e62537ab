# Quotes, backslashes, comments.
echo plain 'single $HOME `x`' "double $((1+1)) \$x \"q\" \\ \n" back\ slash\'s
echo a'b'"c"d '' "" end # a comment
echo a#b "#c" '#'d
x="two  words"
echo $x "$x" '$x' "${x}" "'$x'"
echo "multi
line" and\
joined
for w in "" '' "a b" c\ d; do echo "<$w>"; done
echo 'it'"'"'s' "a\tb" 'c\td'
y='*'; echo "$y" '*' "*"
echo "`echo "nested"`" "$(echo "in $(echo "deep")")"
