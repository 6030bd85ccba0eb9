// short.cs: what dotnet_short.sh compiles and runs: much code that runs a few times.
using System;
using System.Collections.Generic;
using System.Text;

interface IShape { double Area(); string Name { get; } }
class Square : IShape { readonly double side; public Square(double s) { side = s; } public double Area() { return side * side; } public string Name { get { return "square"; } } }
class Box : IShape { readonly double a, b; public Box(double x, double y) { a = x; b = y; } public double Area() { return a * b; } public string Name { get { return "box"; } } }

static class Short
{
    static int Fibonacci(int n) { return n < 2 ? n : Fibonacci(n - 1) + Fibonacci(n - 2); }

    static IEnumerable<int> Primes(int limit)
    {
        for (int i = 2; i < limit; i++)
        {
            bool prime = true;
            for (int k = 2; k * k <= i && prime; k++) prime = i % k != 0;
            if (prime) yield return i;
        }
    }

    static void Main()
    {
        Console.WriteLine("fibonacci " + Fibonacci(24));
        var shapes = new List<IShape>();
        for (int i = 1; i <= 100; i++) shapes.Add(i % 3 == 0 ? (IShape)new Square(i) : new Box(i, i + 1));
        double area = 0;
        foreach (var shape in shapes) area += shape.Area();
        Console.WriteLine("area " + area.ToString("F3"));
        var counts = new Dictionary<string, int>();
        foreach (var shape in shapes) { int n; counts.TryGetValue(shape.Name, out n); counts[shape.Name] = n + 1; }
        foreach (var name in new[] { "box", "square" }) Console.WriteLine(name + " " + counts[name]);
        int sum = 0;
        foreach (int p in Primes(5000)) sum += p;
        Console.WriteLine("primes " + sum);
        var text = new StringBuilder();
        for (int i = 0; i < 500; i++) text.AppendFormat("{0:X4}-{1,5}|", i * 37, i % 7);
        uint hash = 2166136261;
        foreach (char c in text.ToString()) hash = (hash ^ c) * 16777619;
        Console.WriteLine("text " + hash);
        try { object[] a = new string[1]; a[0] = 7; Console.WriteLine("no exception"); }
        catch (ArrayTypeMismatchException) { Console.WriteLine("exception"); }
        checked
        {
            try { int big = int.MaxValue; big += counts["box"]; Console.WriteLine(big); }
            catch (OverflowException) { Console.WriteLine("overflow"); }
        }
    }
}
