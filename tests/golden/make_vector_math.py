#!/usr/bin/env python3
"""Prints the coefficients of lib/base/vector_math.h and the errors that they leave. Needs numpy.

exp(r) = 1 + r + r^2 q(r) on |r| <= log(2) / 2; log1p(e) = e + e^2 m(e) on [0, 1]. The exchange
algorithm of Remez, in extended precision, finds the polynomial with the least relative error of the
whole. The lowest coefficient is then rounded to float and the others are found again with it held
fast, and so on, which costs far less than rounding all of them at the end.
"""
import math

import numpy as np

LONG = np.longdouble


def solve(a, b):
    """Gauss with pivots: numpy's own has no extended precision."""
    a, n = np.column_stack([a, b]).astype(LONG), len(b)
    for i in range(n):
        p = i + int(np.argmax(abs(a[i:, i])))
        a[[i, p]] = a[[p, i]]
        for j in range(n):
            if j != i:
                a[j] -= a[j, i] / a[i, i] * a[i]
    return a[:, -1] / a.diagonal()


def exchange(f, weight, grid, powers):
    """The sum of c_p x^p over `powers` with the least max |weight (sum - f)| on the grid."""
    n = len(powers) + 1
    x = grid[np.round(np.linspace(.002, .998, n) * (len(grid) - 1)).astype(int)]
    for _ in range(60):
        signs = np.where(np.arange(n) % 2, -1, 1)
        *c, level = solve(np.stack([x**p for p in powers] + [signs / weight(x)], 1), f(x))
        error = weight(grid) * (sum(v * grid**p for v, p in zip(c, powers)) - f(grid))
        if abs(error).max() < abs(level) * (1 + 1e-6):
            break
        cuts = np.where(np.sign(error[1:]) != np.sign(error[:-1]))[0] + 1
        extremes = [r[np.argmax(abs(error[r]))] for r in np.split(np.arange(len(grid)), cuts)]
        while len(extremes) > n:
            extremes.pop(0 if abs(error[extremes[0]]) < abs(error[extremes[-1]]) else -1)
        assert len(extremes) == n, "too few extremes"
        x = grid[extremes]
    return c


def fit(name, f, weight, low, high, degree):
    t = np.cos(np.pi * np.linspace(0, 1, 40001)).astype(LONG)
    grid = (low + high) / 2 - (high - low) / 2 * t
    grid = grid[abs(grid) > 1e-12]
    fixed = []

    def rest(x):
        return f(x) - sum(v * x**p for p, v in enumerate(fixed))

    while len(fixed) <= degree:
        c = exchange(rest, weight, grid, range(len(fixed), degree + 1))
        fixed.append(LONG(np.float32(c[0])))
    print(f"{name}: {', '.join('%.9g' % v for v in fixed)}; error {abs(weight(grid) * rest(grid)).max():.2g}")


def q(x):  # (exp(x) - 1 - x) / x^2 by its series, which cancels nowhere
    return sum(x**k / LONG(math.factorial(k + 2)) for k in range(20))


def m(x):  # (log1p(x) - x) / x^2, by its series where the difference cancels
    return np.where(x < .3, -sum((-x)**k / LONG(k + 2) for k in range(60)), (np.log1p(x) - x) / (x * x))


half = float(np.log(LONG(2)) / 2) * 1.001
fit("q", q, lambda x: x * x / np.exp(x), -half, half * .9999, 4)
fit("m", m, lambda x: x * x / np.log1p(x), 1e-6, 1., 7)
