"""What a call over HTTP costs, beside the SDK's own server and a plain route in the same run.

    python -m benchmarks.http [--seconds 3] [--rounds 5]

The servers take turns. The client is one process that sends bytes made beforehand; how busy it was
is told, since near 100 % it would be measured itself. Besides:

    python -m benchmarks.http --memory [--calls 100000]      what so many calls leave behind
    python -m benchmarks.http --hostile ../shared/attack      a good client among bad ones
    python -m benchmarks.http --keys 5000                     whether answers tell keys apart
"""
