//! A plot of values by commit as SVG: its points link to commits and show their values, without any script.

use bench_statistics::quantity;
use maud::{Markup, PreEscaped, html};

/// What is plotted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plot {
    /// For people who cannot see it.
    pub(super) label: String,
    pub(super) unit: String,
    /// Commits from left to right.
    pub(super) places: usize,
    pub(super) points: Vec<Point>,
    pub(super) marks: Vec<Mark>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// From the left, starting at 0.
    pub(super) place: usize,
    pub(super) value: f64,
    /// Whether a line leads here from the point before; there is none over a gap.
    pub(super) joined: bool,
    /// Shown over the point.
    pub(super) title: String,
    pub(super) url: Option<String>,
}

/// A vertical line before a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) place: usize,
    pub(super) label: String,
}

impl Eq for Plot {}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 92.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 16.0;
/// Lines across.
const LINES: u32 = 4;

impl Plot {
    pub(super) fn svg(&self) -> Markup {
        let scale = Scale::of(self);
        html! {
            svg.plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.label) {
                @for line in scale.lines() {
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(scale.y(line)) y2=(scale.y(line)) {}
                    text.axis x=(LEFT - 10.0) y=(scale.y(line)) { (quantity(line, &self.unit)) }
                }
                @for mark in &self.marks { (scale.mark(mark)) }
                path.curve d=(scale.curve(&self.points)) {}
                @for point in &self.points { (scale.point(point)) "\n" }
            }
        }
    }
}

/// Where values are on the plot.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
    places: f64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a plot has few commits")]
    fn of(plot: &Plot) -> Self {
        let values = plot.points.iter().map(|point| point.value);
        let (low, high) = values.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
        let low = if low.is_finite() { low } else { 0.0 };
        // Noise must not look like a mountain: the scale spans at least a tenth of the value.
        let room = ((high - low) * 0.1).max(high * 0.05);
        let step = round_step((high - low + 2.0 * room) / f64::from(LINES));
        let low = ((low - room) / step).floor().max(0.0) * step;
        let high = ((high + room) / step).ceil() * step;
        Self {
            low,
            high: if high > low { high } else { low + 1.0 },
            step,
            places: plot.places.saturating_sub(1).max(1) as f64,
        }
    }

    fn lines(&self) -> Vec<f64> {
        let lines = (0..=2 * LINES + 2).map(|line| self.low + f64::from(line) * self.step);
        lines
            .take_while(|line| *line <= self.high + self.step / 2.0)
            .collect()
    }

    #[expect(clippy::cast_precision_loss, reason = "a plot has few commits")]
    fn x(&self, place: usize) -> f64 {
        let inside = LEFT + (WIDTH - LEFT - RIGHT) * (place as f64 / self.places);
        rounded(inside)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        rounded(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part)
    }

    fn curve(&self, points: &[Point]) -> String {
        let moves = points.iter().map(|point| {
            let letter = if point.joined { 'L' } else { 'M' };
            format!("{letter}{} {}", self.x(point.place), self.y(point.value))
        });
        moves.collect::<Vec<_>>().join(" ")
    }

    fn mark(&self, mark: &Mark) -> Markup {
        let before = self.x(mark.place.saturating_sub(1));
        let x = rounded(f64::midpoint(before, self.x(mark.place)));
        html! {
            line.mark x1=(x) x2=(x) y1=(TOP) y2=(HEIGHT - BOTTOM) {}
            text.mark x=(x) y=(TOP - 10.0) { (mark.label) }
        }
    }

    fn point(&self, point: &Point) -> Markup {
        let circle = html! {
            circle cx=(self.x(point.place)) cy=(self.y(point.value)) r="4" {
                title { (point.title) }
            }
        };
        let opens = point
            .url
            .as_deref()
            .filter(|url| super::document::opens(url));
        match opens {
            Some(url) => html! {
                a href=(url) rel="noopener noreferrer" aria-label=(point.title) { (circle) }
            },
            None => html! { (PreEscaped(circle.into_string())) },
        }
    }
}

/// 1, 2 or 5 times a power of ten, and no less than this.
fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn rounded(position: f64) -> f64 {
    (position * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(place: usize, value: f64, joined: bool) -> Point {
        Point {
            place,
            value,
            joined,
            title: "<b>".to_owned(),
            url: Some("javascript:alert(1)".to_owned()),
        }
    }

    fn plot(points: Vec<Point>) -> Plot {
        Plot {
            label: "a".to_owned(),
            unit: "ms".to_owned(),
            places: 4,
            points,
            marks: Vec::new(),
        }
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let points = vec![
            point(0, 10.0, false),
            point(1, 11.0, true),
            point(3, 12.0, false),
        ];
        let svg = plot(points).svg().into_string();
        let curve = svg.split_once("path class=\"curve\" d=\"").unwrap().1;
        let curve = curve.split_once('"').unwrap().0;
        assert_eq!(curve.matches('M').count(), 2, "{curve}");
        assert_eq!(curve.matches('L').count(), 1, "{curve}");
    }

    #[test]
    fn nothing_in_a_plot_runs_or_breaks_out_of_it() {
        let svg = plot(vec![point(0, 10.0, false)]).svg().into_string();
        assert!(!svg.contains("javascript"), "{svg}");
        assert!(!svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn every_point_is_inside_of_the_plot() {
        for values in [vec![1e-9, 5.0, 1e12], vec![7.0, 7.0], vec![0.001], vec![]] {
            let plot = plot(values.iter().map(|value| point(1, *value, false)).collect());
            let scale = Scale::of(&plot);
            for value in &values {
                let y = scale.y(*value);
                assert!((TOP..=HEIGHT - BOTTOM).contains(&y), "{value} at {y}");
            }
            let lines = scale.lines();
            assert!((2..=11).contains(&lines.len()), "{lines:?}");
        }
    }
}
