//! Points, and the map from a flat code onto the picture of a tilted one.

/// A place in the picture, in pixels; (0, 0) is its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    pub fn plus(self, way: Self, times: f32) -> Self {
        Self {
            x: self.x + way.x * times,
            y: self.y + way.y * times,
        }
    }

    pub fn to(self, other: Self) -> Self {
        Self {
            x: other.x - self.x,
            y: other.y - self.y,
        }
    }

    pub fn length(self) -> f32 {
        self.x.hypot(self.y)
    }

    /// The way itself, one pixel long.
    pub fn normed(self) -> Self {
        let length = self.length().max(f32::MIN_POSITIVE);
        Self {
            x: self.x / length,
            y: self.y / length,
        }
    }

    /// Positive where `other` is clockwise of this way on the screen.
    pub fn cross(self, other: Self) -> f32 {
        self.x * other.y - self.y * other.x
    }

    pub fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }
}

/// Four corners in the order of a clock: upper left first, as the code sees it.
pub(super) type Quad = [Point; 4];

/// Whether a point lies inside of a quad whose corners run clockwise.
pub(super) fn inside(quad: &Quad, point: Point) -> bool {
    (0..4).all(|at| {
        let (from, to) = (quad[at], quad[(at + 1) % 4]);
        from.to(to).cross(from.to(point)) >= 0.0
    })
}

/// A projective map of the plane, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Map([f32; 9]);

impl Map {
    /// From the square of side `side` at (0, 0) onto a quad; `None` where the
    /// corners do not span one.
    pub fn of_square(side: f32, quad: &Quad) -> Option<Self> {
        let flat = square_onto(quad)?;
        let m = flat.0;
        let s = 1.0 / side;
        Some(Self([
            m[0] * s,
            m[1] * s,
            m[2],
            m[3] * s,
            m[4] * s,
            m[5],
            m[6] * s,
            m[7] * s,
            m[8],
        ]))
    }

    /// From one quad onto another.
    pub fn between(from: &Quad, onto: &Quad) -> Option<Self> {
        Some(square_onto(onto)?.after(square_onto(from)?.adjoint()))
    }

    #[inline]
    pub fn at(&self, u: f32, v: f32) -> Point {
        let m = &self.0;
        let w = 1.0 / (m[6] * u + m[7] * v + m[8]);
        Point {
            x: (m[0] * u + m[1] * v + m[2]) * w,
            y: (m[3] * u + m[4] * v + m[5]) * w,
        }
    }

    fn after(&self, first: Self) -> Self {
        let (a, b) = (&self.0, &first.0);
        Self(std::array::from_fn(|at| {
            let (row, column) = (at / 3 * 3, at % 3);
            a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6]
        }))
    }

    /// The inverse but for a factor, which a projective map does not feel.
    fn adjoint(&self) -> Self {
        let m = &self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        Self([
            minor(4, 5, 7, 8),
            minor(2, 1, 8, 7),
            minor(1, 2, 4, 5),
            minor(5, 3, 8, 6),
            minor(0, 2, 6, 8),
            minor(2, 0, 5, 3),
            minor(3, 4, 6, 7),
            minor(1, 0, 7, 6),
            minor(0, 1, 3, 4),
        ])
    }
}

/// The square of side 1 onto a quad (Heckbert's closed form).
fn square_onto(quad: &Quad) -> Option<Map> {
    let [p0, p1, p2, p3] = *quad;
    let sum = p0.to(p1).to(p3.to(p2));
    let (one, two) = (p2.to(p1), p2.to(p3));
    let area = one.cross(two);
    if area.abs() < 1e-3 {
        return None;
    }
    let (g, h) = (sum.cross(two) / area, one.cross(sum) / area);
    Some(Map([
        p1.x - p0.x + g * p1.x,
        p3.x - p0.x + h * p3.x,
        p0.x,
        p1.y - p0.y + g * p1.y,
        p3.y - p0.y + h * p3.y,
        p0.y,
        g,
        h,
        1.0,
    ]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    const QUAD: Quad = [
        Point { x: 10.0, y: 12.0 },
        Point { x: 90.0, y: 8.0 },
        Point { x: 110.0, y: 95.0 },
        Point { x: 5.0, y: 80.0 },
    ];

    fn near(a: Point, b: Point) -> bool {
        a.to(b).length() < 1e-2
    }

    #[test]
    fn the_corners_of_a_square_land_on_the_corners_of_the_quad() {
        let map = Map::of_square(29.0, &QUAD).unwrap();
        let corners = [(0.0, 0.0), (29.0, 0.0), (29.0, 29.0), (0.0, 29.0)];
        for ((u, v), corner) in corners.into_iter().zip(QUAD) {
            assert!(near(map.at(u, v), corner), "{:?} {corner:?}", map.at(u, v));
        }
    }

    #[test]
    fn a_map_between_two_quads_carries_every_corner() {
        let from = QUAD.map(|p| Point { x: p.y, y: -p.x });
        let map = Map::between(&from, &QUAD).unwrap();
        for (here, there) in from.into_iter().zip(QUAD) {
            assert!(near(map.at(here.x, here.y), there));
        }
    }

    #[test]
    fn corners_in_a_line_span_nothing() {
        let line = [0.0, 1.0, 2.0, 3.0].map(|x| Point { x, y: x });
        assert!(Map::of_square(21.0, &line).is_none());
    }

    #[test]
    fn a_point_is_inside_or_it_is_not() {
        assert!(inside(&QUAD, Point { x: 50.0, y: 50.0 }));
        assert!(!inside(&QUAD, Point { x: 150.0, y: 50.0 }));
    }
}
