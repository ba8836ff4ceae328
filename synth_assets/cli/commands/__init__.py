"""One module a command: a function whose parameters are the command's options.

Here: what a command asks for and prints. Not here: options that several commands share (options), exit
codes (reporting). What a command does is imported when it runs.
"""
