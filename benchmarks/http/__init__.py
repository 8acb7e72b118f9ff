"""What a call over HTTP costs, beside the SDK's own server and a plain route in the same run.

python -m benchmarks.http [--seconds 3] [--rounds 5] [--client taskset ...]
python -m benchmarks.http --memory [--calls 100000]
python -m benchmarks.http --hostile ../shared/attack
python -m benchmarks.http --keys [ROUNDS]
"""
