using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// Reads a schema and validates each supported keyword in the same way as the metaschema. Other keywords (including
/// <c>format</c>, <c>unevaluatedProperties</c> and <c>$dynamicRef</c>) are treated as annotations and are not enforced
/// here; the method itself checks its params when it binds them.
/// </summary>
internal sealed class SchemaReader
{
    /// <summary>
    /// Maximum number of subschemas that apply to one value through references and combinations. This limits the
    /// recursion depth of a validation.
    /// </summary>
    private const int MaxInPlaceDepth = 20;

    /// <summary>Maximum number of patterns. Each pattern needs about 10 KB of memory.</summary>
    private const int MaxPatterns = 200;

    private readonly SchemaReferences _references;
    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaPattern> _patterns = new(StringComparer.Ordinal);

    /// <summary>
    /// Nodes whose keywords have not been read yet. Targets of references are added to this queue instead of being read
    /// recursively, so that a long chain of references does not exhaust the stack.
    /// </summary>
    private readonly Queue<(SchemaNode Node, JsonElement Schema, string Path)> _unread = new();

    private SchemaReader(JsonElement root) => _references = new SchemaReferences(root);

    /// <summary>Reads a schema. Throws <see cref="SchemaException"/> if any part of it is not valid.</summary>
    public static SchemaNode Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new SchemaException("must be a JSON object");
        var reader = new SchemaReader(root);
        var node = reader.Part(root, "#");
        while (reader._unread.TryDequeue(out var next))
            reader.ReadKeywords(next.Node, new SchemaKeywords(next.Schema, next.Path));
        reader.RejectLoops();
        return node;
    }

    private SchemaNode Part(JsonElement schema, string path)
    {
        if (_nodes.TryGetValue(path, out var known))
            return known;
        var node = new SchemaNode();
        _nodes.Add(path, node);
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            node.Always = schema.ValueKind == JsonValueKind.True;
        else if (schema.ValueKind == JsonValueKind.Object)
            _unread.Enqueue((node, schema, path));
        else
            throw new SchemaException(
                $"is not valid at {SchemaText.Clip(path)}: a schema must be an object or a boolean"
            );
        return node;
    }

    private void ReadKeywords(SchemaNode node, SchemaKeywords words)
    {
        node.Types = words.Types();
        ReadCombinations(node, words);
        ReadValues(node, words);
        ReadItems(node, words);
        ReadMembers(node, words);
    }

    private void ReadCombinations(SchemaNode node, SchemaKeywords words)
    {
        if (words.Text("$ref") is { } reference)
        {
            var (target, path) = _references.Resolve(reference, words.PathOf("$ref"));
            node.Rules.Add(new AllParts(InPlace(node, [Part(target, path)])));
        }
        if (Parts("allOf") is { } all)
            node.Rules.Add(new AllParts(InPlace(node, all)));
        if (Parts("anyOf") is { } any)
            node.Rules.Add(new AnyPart(InPlace(node, any)));
        if (Parts("oneOf") is { } one)
            node.Rules.Add(new OnePart(InPlace(node, one)));
        if (Single(words, "not") is { } not)
            node.Rules.Add(new NotPart(InPlace(node, [not])[0]));
        var (then, otherwise) = (Single(words, "then"), Single(words, "else"));
        if (Single(words, "if") is { } condition)
            node.Rules.Add(new Conditional(InPlace(node, [condition])[0], then, otherwise));
        InPlace(node, [.. new[] { then, otherwise }.OfType<SchemaNode>()]);

        IReadOnlyList<SchemaNode>? Parts(string word) =>
            words.List(word) is { } list
                ? [.. list.Select((part, i) => Part(part, $"{words.PathOf(word)}/{i}"))]
                : null;
    }

    private void ReadValues(SchemaNode node, SchemaKeywords words)
    {
        if (words.Any("enum") is not null)
            node.Rules.Add(new AllowedValues(words.List("enum")!));
        if (words.Any("const") is { } only)
            node.Rules.Add(new AllowedValues([only]));
        ReadLimit("minimum", "exclusiveMinimum", isMinimum: true);
        ReadLimit("maximum", "exclusiveMaximum", isMinimum: false);
        if (words.Number("multipleOf") is { } divisor)
        {
            if (divisor.GetDouble() is not (> 0 and < double.PositiveInfinity))
                throw words.Invalid("multipleOf", "a number greater than 0");
            node.Rules.Add(new MultipleOf(divisor));
        }
        if (words.Range("minLength", "maxLength") is { } length)
            node.Rules.Add(new TextLength(length.Min, length.Max));
        if (words.Text("pattern") is { } pattern)
            node.Rules.Add(new TextPattern(Pattern(pattern, words.PathOf("pattern"))));

        // Before draft 6, the exclusive form was a boolean next to the limit.
        void ReadLimit(string inclusive, string exclusive, bool isMinimum)
        {
            var isFlag = words.Any(exclusive)?.ValueKind is JsonValueKind.True or JsonValueKind.False;
            var isExclusive = isFlag && words.Any(exclusive)!.Value.ValueKind == JsonValueKind.True;
            if (words.Number(inclusive) is { } limit)
                node.Rules.Add(new NumberLimit(limit, isMinimum, isExclusive));
            if (!isFlag && words.Number(exclusive) is { } bound)
                node.Rules.Add(new NumberLimit(bound, isMinimum, IsExclusive: true));
        }
    }

    private void ReadItems(SchemaNode node, SchemaKeywords words)
    {
        if (words.Range("minItems", "maxItems") is { } count)
            node.Rules.Add(new ItemCount(count.Min, count.Max));
        // Before 2020-12, an array in 'items' specified the first items, and 'additionalItems' specified the rest.
        var isOld = words.Any("items")?.ValueKind == JsonValueKind.Array;
        var prefix = isOld ? "items" : "prefixItems";
        var rest = isOld ? "additionalItems" : "items";
        if (words.Any(prefix) is not null || words.Any(rest) is not null)
            node.Rules.Add(
                new ItemParts(
                    [.. (words.List(prefix) ?? []).Select((part, i) => Part(part, $"{words.PathOf(prefix)}/{i}"))],
                    Single(words, rest)
                )
            );
        if (Single(words, "contains") is { } contained)
        {
            var range = words.Range("minContains", "maxContains") ?? (1, long.MaxValue);
            var min = words.Any("minContains") is null ? 1 : range.Min;
            node.Rules.Add(new ContainedItems(contained, min, range.Max));
        }
        if (words.Flag("uniqueItems"))
            node.Rules.Add(new UniqueItems());
    }

    private void ReadMembers(SchemaNode node, SchemaKeywords words)
    {
        if (words.Range("minProperties", "maxProperties") is { } count)
            node.Rules.Add(new MemberCount(count.Min, count.Max));
        var named = words.Map("properties");
        var matching = words.Map("patternProperties");
        var additional = Single(words, "additionalProperties");
        if (named.Count > 0 || matching.Count > 0 || additional is not null)
            node.Rules.Add(
                new MemberParts(
                    named.ToDictionary(
                        one => one.Key,
                        one => Part(one.Value, words.PathOf("properties", one.Key)),
                        StringComparer.Ordinal
                    ),
                    [
                        .. matching.Select(one =>
                            (
                                Pattern(one.Key, words.PathOf("patternProperties", one.Key)),
                                Part(one.Value, words.PathOf("patternProperties", one.Key))
                            )
                        ),
                    ],
                    additional
                )
            );
        if (words.Names("required") is { Count: > 0 } required)
            node.Rules.Add(new RequiredMembers(required));
        if (Single(words, "propertyNames") is { } names)
            node.Rules.Add(new MemberNames(names));
        // Before 2019-09, 'dependencies' served the purpose of both keywords.
        foreach (var word in (string[])["dependentRequired", "dependentSchemas", "dependencies"])
            foreach (var (name, value) in words.Map(word))
            {
                var path = words.PathOf(word, name);
                var needs = word != "dependentSchemas" && value.ValueKind == JsonValueKind.Array;
                if (word == "dependentRequired" && !needs)
                    throw new SchemaException($"is not valid at {SchemaText.Clip(path)}: it must be an array of names");
                var part = needs ? null : InPlace(node, [Part(value, path)])[0];
                node.Rules.Add(new DependentMember(name, needs ? SchemaKeywords.Names(value, path) : [], part));
            }
        // Definitions must be valid schemas even if nothing refers to them.
        foreach (var word in (string[])["$defs", "definitions"])
            foreach (var (name, value) in words.Map(word))
                Part(value, words.PathOf(word, name));
    }

    private SchemaNode? Single(SchemaKeywords words, string word) =>
        words.Any(word) is { } part ? Part(part, words.PathOf(word)) : null;

    private SchemaPattern Pattern(string text, string path)
    {
        if (_patterns.TryGetValue(text, out var known))
            return known;
        if (_patterns.Count == MaxPatterns)
            throw new SchemaException($"has more than {MaxPatterns} different patterns");
        var pattern = SchemaPattern.Compile(text, path);
        _patterns.Add(text, pattern);
        return pattern;
    }

    private static IReadOnlyList<SchemaNode> InPlace(SchemaNode node, IReadOnlyList<SchemaNode> parts)
    {
        node.InPlace.AddRange(parts);
        return parts;
    }

    /// <summary>
    /// Rejects subschemas that refer to themselves without descending into the value, and chains that are too long.
    /// </summary>
    private void RejectLoops()
    {
        var heights = new Dictionary<SchemaNode, int>();
        foreach (var (path, node) in _nodes)
            if (Height(node, 0) < 0)
                throw new SchemaException(
                    $"is not valid at {SchemaText.Clip(path)}: it refers to itself for the same value, or through "
                        + $"more than {MaxInPlaceDepth} parts"
                );

        // Returns -1 for a loop, or for a chain that is too long. In a loop, the recursion ends at the maximum depth.
        int Height(SchemaNode node, int depth)
        {
            if (depth > MaxInPlaceDepth)
                return -1;
            if (heights.TryGetValue(node, out var known))
                return depth + known > MaxInPlaceDepth ? -1 : known;
            var height = 0;
            foreach (var part in node.InPlace)
            {
                var below = Height(part, depth + 1);
                if (below < 0)
                    return -1;
                height = Math.Max(height, below + 1);
            }
            heights.Add(node, height);
            return height;
        }
    }
}
