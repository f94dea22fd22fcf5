using System.Globalization;
using System.Text;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Generates values that programs often read incorrectly: numbers at and beyond the limits of their ranges, text that
/// JSON, headers or terminals cannot represent, JSON with all kinds of errors, and schemas with random keywords. The
/// same seed gives the same values.
/// </summary>
internal sealed class HostileValues(Random random)
{
    private static readonly string[] Numbers =
    [
        "0",
        "-0",
        "1",
        "-1",
        "5",
        "30",
        "31",
        "1000",
        "1001",
        "2147483647",
        "2147483648",
        "-2147483649",
        "4294967296",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e3",
        "1E400",
        "-1e400",
        "1e-400",
        "1.5",
        "0.1",
        "+5",
        "05",
        ".5",
        "5.",
        "0x10",
        "NaN",
        "Infinity",
        "-Infinity",
        "∞",
        "٣",
        "1_000",
        "1e",
        "--1",
        new('9', 40),
        new('9', 380),
        new('9', 381),
        new('9', 5_000),
        "0." + new string('3', 1_000),
    ];

    private static readonly string[] Texts =
    [
        "",
        " ",
        "a",
        "noop",
        "noop@1",
        "noop@0",
        "noop@99999999999999999999",
        "sha512",
        "default",
        "NOOP",
        "é",
        "🙂",
        "\0",
        "\t",
        "\u001b]0;x\u0007",
        "\u007f",
        "\u0085",
        "\u2028",
        "\uffff",
        "null",
        "true",
        "../../etc/passwd",
        "%00",
        "%",
        "%zz",
        "'",
        "\"",
        "\\",
        "{}",
        "[]",
        "a/b",
        "a/b;x=\"\u0001\"",
        "text/plain; charset=utf-7",
        "text/plain; a=\"é\"",
        "1s",
        "NaNs",
        "1e9d",
        "-1s",
        "0.0001ms",
        "36500d",
        "36501d",
        "2030-01-01T00:00:00Z",
        "2030-01-01t00:00:00.1234567891z",
        "2030-01-01T00:00:60Z",
        "2030-06-30T23:59:60Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-23:59",
        "2030-02-30T00:00:00Z",
        "state:failed",
        "state:",
        ":",
        "queue:x queue:y",
        "method:noop@1",
        "owner:'",
        "tag:x",
        "sha-256=:AAAA:",
        "md5=:AAAA:",
        "bytes=0-0",
        "bytes=-1",
        "bytes=9-1",
        "bytes=0-,0-,0-",
        "wait=1",
        "wait=abc",
        "wait=\"",
        new('x', 64),
        new('x', 65),
        new('x', 255),
        new('x', 256),
        new('ü', 300),
    ];

    private static readonly string[] RawJson =
    [
        "",
        "{",
        "}",
        "[",
        "nul",
        "{,}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "{\"\\u0061\":1,\"a\":2}",
        "/*x*/{}",
        "{}{}",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u0000\"",
        "\"\\x\"",
        "\"\n\"",
        "{\"\\ud800\":1}",
        "\ufeff{}",
        "\"",
        "'a'",
        "{a:1}",
        "[1,]",
        "01",
        "-",
        "1.",
        "tru",
        "\"\\u00\"",
        "[[]",
        "]",
    ];

    private static readonly string[] Keywords =
    [
        "type",
        "enum",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "items",
        "prefixItems",
        "contains",
        "minContains",
        "minItems",
        "maxItems",
        "uniqueItems",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "$ref",
        "$defs",
        "$anchor",
        "$id",
        "format",
        "title",
        "minProperties",
        "maxProperties",
        "additionalItems",
    ];

    private static readonly string[] Patterns =
    [
        "^(a+)+$",
        "^(?=(a+)+$)a",
        "(",
        "[",
        "(a{1000}){1000}",
        "^[a-z]+$",
        "\\p{L}",
        "(?<a>x)\\k<a>",
        "",
        "(?i)a",
        "\\",
        "^(x+x+)+y$",
    ];

    private static readonly string[] References =
    [
        "#",
        "#/",
        "#/$defs/a",
        "#/properties/a",
        "#/not",
        "#a",
        "#/%",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "x.json",
        "#//",
    ];

    private static readonly string[] Names = ["a", "b", "iterations", "\\ud800", "", "x/y~", "é", "__proto__", "$ref"];

    public int Below(int limit) => random.Next(limit);

    public bool Chance(double probability) => random.NextDouble() < probability;

    public T Of<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    public string Number() => Of(Numbers);

    public string Text() =>
        Chance(0.02) ? new string('y', random.Next(200_000))
        : Chance(0.15) ? Number()
        : Of(Texts);

    /// <summary>Generates a JSON value of any kind and depth. It is usually well-formed.</summary>
    public string Json(int depth = 3) =>
        Chance(0.02) ? Of(RawJson)
        : Chance(0.01) ? Deep()
        : random.Next(depth > 0 ? 9 : 6) switch
        {
            0 or 1 => Number(),
            2 or 3 => Quote(Text()),
            4 => "null",
            5 => Chance(0.5) ? "true" : "false",
            6 => $"[{string.Join(",", Many(4, () => Json(depth - 1)))}]",
            _ => $"{{{string.Join(",", Many(4, () => $"\"{Of(Names)}\":{Json(depth - 1)}"))}}}",
        };

    /// <summary>
    /// Generates a JSON Schema. It is usually well-formed, but the values of its keywords may be of the wrong type.
    /// </summary>
    public string Schema(int depth = 3)
    {
        if (Chance(0.05))
            return Json();
        if (depth == 0)
            return Of((string[])["true", "false", "{}", """{"$ref":"#"}""", """{"type":"integer"}"""]);
        var words = Many(4, () => Of(Keywords)).Distinct();
        return $"{{{string.Join(",", words.Select(word => $"\"{word}\":{Value(word, depth - 1)}"))}}}";
    }

    public string Quote(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
            if (c is '"' or '\\' or < ' ' && !Chance(0.02))
                json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                json.Append(c);
        return json.Append('"').ToString();
    }

    public IReadOnlyList<T> Many<T>(int most, Func<T> one) =>
        [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => one())];

    /// <summary>Changes, removes, repeats or truncates some bytes.</summary>
    public byte[] Mutate(byte[] bytes)
    {
        var mutated = bytes.ToList();
        for (var i = random.Next(4); i > 0 && mutated.Count > 0; i--)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveAt(at);
                    break;
                case 2:
                    mutated.Insert(at, mutated[at]);
                    break;
                case 3:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    mutated.RemoveRange(at, mutated.Count - at);
                    break;
            }
        }
        return [.. mutated];
    }

    private string Value(string word, int depth)
    {
        if (Chance(0.1))
            return Json();
        return word switch
        {
            "type" => Of((string[])["\"object\"", "\"string\"", "\"integer\"", "[\"null\",\"number\"]", "\"objekt\""]),
            "pattern" => Quote(Of(Patterns)),
            "$ref" => Quote(Of(References)),
            "enum" or "required" => $"[{string.Join(",", Many(3, () => Quote(Of(Names))))}]",
            "const" => Json(),
            "patternProperties" => Map(depth, () => Of(Patterns)),
            "properties" or "$defs" or "dependentSchemas" or "dependencies" => Map(depth, () => Of(Names)),
            "dependentRequired" => "{\"a\":[\"b\"]}",
            "allOf" or "anyOf" or "oneOf" or "prefixItems" => $"[{string.Join(",", Many(3, () => Schema(depth)))}]",
            "uniqueItems" => "true",
            "$anchor" or "$id" or "format" or "title" => Quote(Text()),
            _ when word.StartsWith("min", StringComparison.Ordinal)
                    || word.StartsWith("max", StringComparison.Ordinal) => Number(),
            "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => Number(),
            _ => Schema(depth),
        };
    }

    private string Map(int depth, Func<string> name) =>
        $"{{{string.Join(",", Many(3, () => $"{Quote(name())}:{Schema(depth)}"))}}}";

    private string Deep()
    {
        var depth = Of((int[])[20, 31, 32, 33, 63, 64, 65, 1_000, 50_000]);
        return Chance(0.5)
            ? new string('[', depth) + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
    }
}
