package city.rabt.behaviour

import city.rabt.Bill
import city.rabt.values.Money
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.Modifier
import java.lang.reflect.ParameterizedType
import java.lang.reflect.Type
import java.time.Instant
import java.time.LocalDate
import java.util.jar.JarFile

/** No record prints what belongs to a person: each is made of values that are found nowhere else, and then printed. */
class PrintedTest {
    private val list: JsonNode = ObjectMapper().readTree(File("../../printed.json"))

    /** A value within another, and whether the list lets it be printed. One in an error needn't be: that prints itself in its own way. */
    private class Leaf(val texts: List<String>, val mayBePrinted: Boolean, val mustBePrinted: Boolean = mayBePrinted)

    private class Made(val value: Any?, val leaves: List<Leaf>)

    private var made = 0

    private fun records(): List<Class<*>> {
        val library = File(Bill::class.java.protectionDomain.codeSource.location.toURI())
        val files = if (library.isDirectory) {
            library.resolve("city/rabt").list().orEmpty().map { "city/rabt/$it" }
        } else {
            JarFile(library).use { jar -> jar.entries().asSequence().map { it.name }.toList() }
        }
        return files.mapNotNull { IN_THE_PACKAGE.matchEntire(it)?.groupValues?.get(1) }
            .map { Class.forName("city.rabt.$it") }
            .filter { isRecord(it) || isError(it) }
    }

    private fun isRecord(type: Class<*>) = type.declaredMethods.any { it.name == "component1" || it.name.startsWith("component1-") }

    private fun isError(type: Class<*>) =
        Throwable::class.java.isAssignableFrom(type) && type.enclosingClass?.name in ERRORS && type.declaredFields.isNotEmpty()

    /** As the list calls it. */
    private fun listed(type: Class<*>): Set<String> {
        val name = type.name.removePrefix("city.rabt.").replace('$', '.').replace("Exception.", "Error.")
        val fields = checkNotNull(list[name]) { "$name isn't in the list" }
        return fields.map { field -> field.asText().replace(Regex("_(.)")) { it.groupValues[1].uppercase() } }.toSet()
    }

    /** One, made by the constructor that takes every field. */
    private fun make(type: Class<*>, mayBePrinted: Boolean): Made {
        val printed = listed(type)
        val constructor = type.declaredConstructors
            .filter { made -> made.parameterTypes.none { it.simpleName == "DefaultConstructorMarker" } }
            .maxBy { it.parameterCount }
        constructor.isAccessible = true
        val fields = type.declaredFields.filter { !Modifier.isStatic(it.modifiers) }
        assertEquals(fields.size, constructor.parameterCount, type.name)
        val values = fields.map { field -> value(field.genericType, mayBePrinted && field.name in printed) }
        val value = constructor.newInstance(*values.map { it.value }.toTypedArray())
        return Made(value, values.flatMap { it.leaves })
    }

    private fun value(type: Type, mayBePrinted: Boolean): Made {
        made += 1
        val number = UNIQUE + made
        fun leaf(value: Any, vararg texts: String) = Made(value, listOf(Leaf(texts.toList(), mayBePrinted)))
        return when (type) {
            String::class.java -> leaf("canary-$number", "canary-$number")
            Int::class.javaPrimitiveType, Int::class.javaObjectType -> leaf(number, "$number")
            Long::class.javaPrimitiveType, Long::class.javaObjectType ->
                leaf(number.toLong(), "$number", "${number / 100}.${number % 100}")
            Money::class.java -> leaf(Money(number.toLong()), "$number", "${number / 100}.${number % 100}")
            LocalDate::class.java -> LocalDate.EPOCH.plusDays(made.toLong()).let { leaf(it, "$it") }
            Instant::class.java -> Instant.EPOCH.plusSeconds(number.toLong()).let { leaf(it, "$it") }
            Boolean::class.javaPrimitiveType, Boolean::class.javaObjectType -> Made(true, emptyList())
            is ParameterizedType -> value(elementOf(type), mayBePrinted).let { Made(listOf(it.value), it.leaves) }
            is Class<*> -> when {
                type.isEnum -> Made(type.enumConstants.first(), emptyList())
                Modifier.isAbstract(type.modifiers) -> {
                    val cases = type.declaredClasses.filter { type.isAssignableFrom(it) }
                    val case = cases.maxBy { case -> case.declaredFields.count { !Modifier.isStatic(it.modifiers) } }
                    val made = make(case, mayBePrinted)
                    if (isError(case)) Made(made.value, made.leaves.map { Leaf(it.texts, it.mayBePrinted, false) }) else made
                }
                else -> make(type, mayBePrinted)
            }
            else -> error("$type is nothing that a record holds")
        }
    }

    private fun elementOf(type: ParameterizedType): Type {
        assertEquals(List::class.java, type.rawType)
        return type.actualTypeArguments.single().let { (it as? java.lang.reflect.WildcardType)?.upperBounds?.single() ?: it }
    }

    @Test
    fun `no record prints what is not to be printed`() {
        val records = records()
        assertTrue(records.size > 50, "only ${records.size} records were found")
        for (type in records) {
            val made = make(type, true)
            val texts = listOfNotNull("${made.value}", (made.value as? Throwable)?.message)
            for (leaf in made.leaves.filter { !it.mayBePrinted }) {
                for (text in texts) assertTrue(leaf.texts.none(text::contains), "${type.name} prints ${leaf.texts}: $text")
            }
            for (leaf in made.leaves.filter { it.mustBePrinted }) {
                val text = texts.last()
                assertTrue(leaf.texts.any(text::contains), "${type.name} doesn't print ${leaf.texts}: $text")
            }
        }
    }

    @Test
    fun `a record without anything to print prints its name`() {
        val bill = make(Bill::class.java, true).value
        assertEquals("Bill(…)", "$bill")
        assertEquals("[Bill(…)]", "${listOf(bill)}")
        assertEquals("Exact", "${city.rabt.AmountRule.Exact}")
    }

    private companion object {
        val ERRORS = setOf("city.rabt.RabtException", "city.rabt.PortException")

        val IN_THE_PACKAGE = Regex("city/rabt/([^/]+)\\.class")

        /** Where the numbers begin that are found nowhere else. */
        const val UNIQUE = 812_000_011
    }
}
