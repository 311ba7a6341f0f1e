//! In which order base and head run: in blocks of four, so that a machine that becomes slower hits both alike.

/// One of the two versions that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The version before the change.
    Base,
    /// The version with the change.
    Head,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Base => Self::Head,
            Self::Head => Self::Base,
        }
    }
}

/// The order of the four runs of one block: base, head, head, base, or the reverse.
pub type Order = [Side; 4];

/// The orders of all blocks of a comparison: each is chosen by a fair coin.
///
/// The coin is what makes the test exact. If base and head are the same program, then swapping them in a block changes
/// nothing but the sign of its log ratio; so each sign is as likely as the other, whatever noise the machine adds.
#[derive(Debug, Clone)]
pub struct Orders {
    random: fastrand::Rng,
}

impl Orders {
    /// The same seed gives the same orders.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
        }
    }
}

impl Iterator for Orders {
    type Item = Order;

    fn next(&mut self) -> Option<Order> {
        let first = if self.random.bool() {
            Side::Base
        } else {
            Side::Head
        };
        Some([first, first.other(), first.other(), first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_runs_each_side_twice_and_in_balance() {
        for order in Orders::seeded(1).take(100) {
            let position = |side: Side| -> usize {
                let positions = order.iter().enumerate();
                positions
                    .filter(|one| *one.1 == side)
                    .map(|one| one.0)
                    .sum()
            };
            assert_eq!(position(Side::Base), position(Side::Head));
        }
    }

    #[test]
    fn the_seed_decides_the_orders() {
        let orders = |seed| Orders::seeded(seed).take(64).collect::<Vec<_>>();
        assert_eq!(orders(7), orders(7));
        assert_ne!(orders(7), orders(8));
    }

    #[test]
    fn both_orders_are_equally_likely() {
        let orders = Orders::seeded(3).take(10_000);
        let base_first = orders.filter(|order| order[0] == Side::Base).count();
        assert!((4_800..5_200).contains(&base_first), "{base_first}");
    }
}
