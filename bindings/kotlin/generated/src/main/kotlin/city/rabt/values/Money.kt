package city.rabt.values

import java.math.BigDecimal
import java.math.RoundingMode
import java.text.NumberFormat
import java.util.Currency
import java.util.Locale

/**
 * An amount of money in whole fils, of which a dirham (AED) has a hundred; below zero for what is given back.
 *
 * It is never a fraction and never a floating-point number, and what would overflow throws [ArithmeticException].
 *
 * @property fils The amount in fils.
 */
@JvmInline
public value class Money(public val fils: Long) : Comparable<Money> {
    /** The amount in dirhams, exactly, with two digits after the point. */
    public val dirhams: BigDecimal
        get() = BigDecimal.valueOf(fils, FRACTION_DIGITS)

    /** The sum. */
    public operator fun plus(other: Money): Money = Money(Math.addExact(fils, other.fils))

    /** The difference. */
    public operator fun minus(other: Money): Money = Money(Math.subtractExact(fils, other.fils))

    /** The same amount the other way. */
    public operator fun unaryMinus(): Money = Money(Math.negateExact(fils))

    override fun compareTo(other: Money): Int = fils.compareTo(other.fils)

    /** As a person reads it, in the digits and the order of the [locale]: `AED 1,520.13`, `١٬٥٢٠٫١٣ د.إ.`. */
    public fun format(locale: Locale): String {
        val format = NumberFormat.getCurrencyInstance(locale)
        format.currency = Currency.getInstance("AED")
        format.minimumFractionDigits = FRACTION_DIGITS
        format.maximumFractionDigits = FRACTION_DIGITS
        return format.format(dirhams)
    }

    /** The amount in plain digits, for a log: `AED 1520.13`. */
    override fun toString(): String = "AED ${dirhams.toPlainString()}"

    public companion object {
        private const val FRACTION_DIGITS = 2

        /** Nothing. */
        public val ZERO: Money = Money(0)

        /**
         * An amount of dirhams.
         *
         * @throws ArithmeticException for one that has a part of a fils, or is beyond what a [Long] of fils holds.
         */
        public fun ofDirhams(dirhams: BigDecimal): Money =
            Money(dirhams.setScale(FRACTION_DIGITS, RoundingMode.UNNECESSARY).unscaledValue().longValueExact())
    }
}
