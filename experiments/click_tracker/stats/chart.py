"""A line and bars as SVG, drawn without a browser's help."""

WIDTH, HEIGHT = 720, 200


def chart(values, averages):
    """Bars for the days, a line for the moving average, both from zero."""
    if not values:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"></svg>'
    top = max(*values, 1)
    step = WIDTH / len(values)

    def y(value):
        return round(HEIGHT - HEIGHT * value / top, 1)

    bars = "".join(
        f'<rect x="{n * step:.1f}" y="{y(value)}" width="{step * 0.8:.1f}" height="{HEIGHT - y(value):.1f}"/>'
        for n, value in enumerate(values)
    )
    line = " ".join(f"{(n + 0.4) * step:.1f},{y(value)}" for n, value in enumerate(averages))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Clicks per day">'
        f'<g fill="#4a607255">{bars}</g><polyline points="{line}" fill="none" stroke="#d98e04" stroke-width="3"/></svg>'
    )
