//! Units of measure (UCUM, section 2: grammar; section 4: tables; case-sensitive codes).

use std::collections::HashSet;
use std::sync::LazyLock;

/// Longer than any unit; brackets nest no deeper than the text is long.
const MAX_LENGTH: usize = 200;

/// Whether a text is a unit: well-formed, and made of units and prefixes that UCUM defines.
pub(super) fn is_unit(code: &str) -> bool {
    let is_ascii = code.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let mut reader = Reader { rest: code };
    let has_content = !code.is_empty() && code.len() <= MAX_LENGTH && is_ascii;
    has_content && reader.main_term() && reader.rest.is_empty()
}

/// Reads a unit from the left; every method says whether what it stands for was there.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn main_term(&mut self) -> bool {
        self.take('/');
        self.term()
    }

    fn term(&mut self) -> bool {
        if !self.component() {
            return false;
        }
        while self.take('.') || self.take('/') {
            if !self.component() {
                return false;
            }
        }
        true
    }

    fn component(&mut self) -> bool {
        if self.take('(') {
            return self.term() && self.take(')') && self.annotations().is_some();
        }
        let token = self.token();
        match self.annotations() {
            None => false,
            // An annotation alone stands for the unity.
            Some(count) if token.is_empty() => count > 0,
            Some(_) => is_simple_unit(token),
        }
    }

    /// Number of annotations that were read; `None` where one does not end.
    fn annotations(&mut self) -> Option<usize> {
        let mut count = 0;
        while self.take('{') {
            let (text, rest) = self.rest.split_once('}')?;
            if text.contains('{') {
                return None;
            }
            self.rest = rest;
            count += 1;
        }
        Some(count)
    }

    /// The text up to the next operator or annotation; brackets may hold anything.
    fn token(&mut self) -> &'a str {
        let mut in_brackets = false;
        let is_end = |character: char| match character {
            '[' => {
                in_brackets = true;
                false
            }
            ']' => {
                in_brackets = false;
                false
            }
            _ => !in_brackets && "./(){} ".contains(character),
        };
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }

    fn take(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// A number, or a unit with or without prefix and exponent.
fn is_simple_unit(token: &str) -> bool {
    let base = token.trim_end_matches(|character: char| character.is_ascii_digit());
    if base.is_empty() {
        return true;
    }
    let base = if base.len() < token.len() {
        base.strip_suffix(['+', '-']).unwrap_or(base)
    } else {
        base
    };
    let (metric, other) = &*ATOMS;
    let prefixed = || {
        let mut prefixes = PREFIXES.split_ascii_whitespace();
        prefixes.any(|prefix| {
            base.strip_prefix(prefix)
                .is_some_and(|unit| metric.contains(unit))
        })
    };
    metric.contains(base) || other.contains(base) || prefixed()
}

type Atoms = HashSet<&'static str>;

static ATOMS: LazyLock<(Atoms, Atoms)> = LazyLock::new(|| {
    let atoms = |list: &'static str| list.split_ascii_whitespace().collect();
    (atoms(METRIC), atoms(OTHER))
});

const PREFIXES: &str = "Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti";

/// Units that take a prefix.
const METRIC: &str = r#"
    m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc [c] [h] [k]
    [eps_0] [mu_0] [e] [m_e] [m_p] [G] [g] [ly] gf Ky Gal dyn erg P Bi St Mx G Oe Gb sb Lmb ph Ci R RAD REM
    cal_[15] cal_[20] cal_m cal_IT cal_th cal tex m[H2O] m[Hg] eq osm g% kat U [iU] [IU] Np B B[SPL] B[V] B[mV]
    B[uV] B[10.nV] B[W] B[kW] st mho bit By Bd
"#;

/// Units that take none.
const OTHER: &str = r#"
    10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s mo_j mo_g mo AU atm
    [lbf_av] [in_i] [ft_i] [yd_i] [mi_i] [fth_i] [nmi_i] [kn_i] [sin_i] [sft_i] [syd_i] [cin_i] [cft_i] [cyd_i]
    [bf_i] [cr_i] [mil_i] [cml_i] [hd_i] [ft_us] [yd_us] [in_us] [rd_us] [ch_us] [lk_us] [rch_us] [rlk_us]
    [fth_us] [fur_us] [mi_us] [acr_us] [srd_us] [smi_us] [sct] [twp] [mil_us] [in_br] [ft_br] [rd_br] [ch_br]
    [lk_br] [fth_br] [pc_br] [yd_br] [mi_br] [nmi_br] [kn_br] [acr_br] [gal_us] [bbl_us] [qt_us] [pt_us] [gil_us]
    [foz_us] [fdr_us] [min_us] [crd_us] [bu_us] [gal_wi] [pk_us] [dqt_us] [dpt_us] [tbs_us] [tsp_us] [cup_us]
    [foz_m] [cup_m] [tsp_m] [tbs_m] [gal_br] [pk_br] [bu_br] [qt_br] [pt_br] [gil_br] [foz_br] [fdr_br] [min_br]
    [gr] [lb_av] [oz_av] [dr_av] [scwt_av] [lcwt_av] [ston_av] [lton_av] [stone_av] [pwt_tr] [oz_tr] [lb_tr]
    [sc_ap] [dr_ap] [oz_ap] [lb_ap] [oz_m] [lne] [pnt] [pca] [pnt_pr] [pca_pr] [pied] [pouce] [ligne] [didot]
    [cicero] [degF] [degR] [degRe] [Cal] [Btu_39] [Btu_59] [Btu_60] [Btu_m] [Btu_IT] [Btu_th] [Btu] [HP] [den]
    [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop] [p'diop] %[slope] [mesh_i] [Ch] [drp] [hnsf'U] [MET] [hp'_X]
    [hp'_C] [hp'_M] [hp'_Q] [hp_X] [hp_C] [hp_M] [hp_Q] [kp_X] [kp_C] [kp_M] [kp_Q] [pH] [S] [HPF] [LPF] [arb'U]
    [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U]
    [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [IR] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U]
    [FEU] [ELU] [EU] Ao b att [psi] circ sph [car_m] [car_Au] [smoot] [m/s2/Hz^(1/2)] [NTU] [FNU] bit_s
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for unit in [
            "1",
            "%",
            "kg/m2",
            "10*3/uL",
            "10^9/L",
            "[degF]",
            "Cel",
            "{score}",
            "/min",
            "mg/dL",
            "{beats}/min",
            "mL/min/{1.73_m2}",
            "mmol/mol{creat}",
            "[in_i]",
            "u[IU]/mL",
            "%{0to3Hours}",
            "m[H2O]",
            "B[10.nV]",
            "10*-6",
            "10*3.{RBC}",
            "g.m/({hb}.m2)",
        ] {
            assert!(is_unit(unit), "{unit}");
        }
        let deep = "(".repeat(100_000);
        for wrong in [
            "",
            " ",
            "mgs",
            "degC",
            "mm Hg",
            "kg/",
            "kg//m",
            "kg.",
            "{a",
            "{a{b}}",
            "k[in_i]",
            "(m",
            "m)",
            "m-",
            "m 2",
            "µg",
            deep.as_str(),
        ] {
            assert!(!is_unit(wrong), "{wrong:.20}");
        }
    }
}
