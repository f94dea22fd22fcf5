using System.Reflection;
using System.Text;
using Headrace.Tests.House;
using Headrace.Worker;
using Xunit;

namespace Headrace.Tests.Worker;

/// <summary>
/// What method authors may build on. A change of it is a change of PublicSurface.txt in the same commit, for the
/// reviewer to see.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const string Listing = "tests/Headrace.Tests/Worker/PublicSurface.txt";

    [Fact]
    public void The_public_members_are_those_that_the_listing_names()
    {
        var actual = List(typeof(HeadraceApp).Assembly);

        Assert.True(
            Repository.Read(Listing) == actual,
            $"The public surface differs from {Listing}. If it should, replace its content by:\n{actual}"
        );
    }

    private static string List(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(
                    type.IsInterface ? "interface "
                    : type.IsAbstract && type.IsSealed ? "static class "
                    : type.IsSealed ? "sealed class "
                    : "class "
                )
                .Append(type.FullName);
            if (type.BaseType is { } parent && parent != typeof(object))
                text.Append(" : ").Append(Name(parent));
            text.Append('\n');
            var members = type.GetMembers(
                    BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
                )
                .Select(Describe)
                .OfType<string>();
            foreach (var member in members.Order(StringComparer.Ordinal))
                text.Append("  ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    private static string? Describe(MemberInfo member) =>
        member switch
        {
            ConstructorInfo constructor => $"new({Parameters(constructor)})",
            PropertyInfo property =>
                $"{Name(property.PropertyType)} {property.Name} {{ {(property.CanRead ? "get; " : "")}{(property.CanWrite ? "set; " : "")}}}",
            // Accessors are told with their property, and what a record writes by itself is no decision of ours.
            MethodInfo { IsSpecialName: true }
            or MethodInfo { Name: "<Clone>$" or "Equals" or "GetHashCode" or "ToString" or "Deconstruct" } => null,
            MethodInfo method =>
                $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
            _ => $"{member.MemberType} {member.Name}",
        };

    private static string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(p =>
                    $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"
                )
        );

    private static string Name(Type type) =>
        type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
}
