"""The `synth` command: parse arguments, call one pipeline function, print.

Here: commands, printing for people and as JSON, progress, exit codes. Not here: anything a command does
(pipeline). The modules import nothing heavy, so `synth --help` answers at once.
"""
