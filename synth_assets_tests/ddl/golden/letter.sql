Dear reader, this is a letter.
It holds no SQL; none at all.
